"""Durable activities per second on SQLite, against sqlite3's own bulk inserts with the same durability.

wrk posts activities to the server (group commit); the sqlite3 program inserts rows of the same shape into an empty
table, WAL and synchronous=FULL, as many in a transaction as the server had.
"""
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

from . import servers
from .processes import CLIENT_CORE, SERVER_CORE, Unavailable, on_core
from .rounds import compare

ROWS = 200_000
POST = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"type":"page viewed","userId":"user-12345","data":{"path":"/pricing","ms":17}}'
done = function(summary)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("failed %d\\n", failed))
end
"""
TABLE = ("PRAGMA journal_mode=WAL;\nPRAGMA synchronous=FULL;\nCREATE TABLE activities (id INTEGER PRIMARY KEY, "
         "type TEXT NOT NULL, user_id TEXT NOT NULL, data TEXT NOT NULL, created_at BIGINT NOT NULL);\nBEGIN;\n")
INSERT = ("INSERT INTO activities (type, user_id, data, created_at) VALUES "
          "('page viewed', '\"user-12345\"', '{\"path\":\"/pricing\",\"ms\":17}', %d);\n")


def metric(url, name):
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        found = re.search(rf"^{re.escape(name)} (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def acknowledged(setting):
    """(activities per second that the server said were on disk, activities per commit)"""
    script = setting.folder / "post.lua"
    script.write_text(POST)
    with tempfile.TemporaryDirectory(dir=setting.folder) as folder:
        with servers.rtctl_serve(setting, "--tick", "0", store=("--state-dir", folder)) as server:
            done = subprocess.run(on_core(CLIENT_CORE, ["wrk", "-t1", "-c256", f"-d{setting.seconds + 1}s", "-s", script,
                                                        f"{server.url}/api/activity"]),
                                  capture_output=True, text=True, check=True)
            commits = metric(server.url, "rtctl_store_writers_per_commit_count")
            writers = metric(server.url, "rtctl_store_writers_per_commit_sum")
    if "failed 0" not in done.stdout:
        raise Unavailable(f"activities were refused: {done.stdout.strip()[-100:]}")
    return float(re.search(r"Requests/sec:\s+(\S+)", done.stdout)[1]), writers / commits


def inserted(setting, per_commit):
    """Rows per second that sqlite3 inserts."""
    script = setting.folder / "bulk.sql"
    with script.open("w", encoding="ascii") as text:
        text.write(TABLE)
        for number in range(ROWS):
            text.write(INSERT % (1_767_225_600_000_000 + number))
            if number % per_commit == per_commit - 1:
                text.write("COMMIT;BEGIN;\n")
        text.write("COMMIT;\n")
    with tempfile.TemporaryDirectory(dir=setting.folder) as folder, script.open(encoding="ascii") as text:
        began = time.monotonic()
        subprocess.run(on_core(SERVER_CORE, ["sqlite3", f"{folder}/bulk.db"]), stdin=text, stdout=subprocess.DEVNULL,
                       check=True)
        return ROWS / (time.monotonic() - began)


def compare_commits(setting):
    """The Comparison's `ours` is a rate, and so its ratio ours ÷ theirs."""
    for program in ("wrk", "sqlite3"):
        if not shutil.which(program):
            raise Unavailable(f"{program} is not installed")
    per_commit = [256.0]

    def ours():
        rate, per_commit[0] = acknowledged(setting)
        return 1 / rate

    result = compare(ours, lambda: 1 / inserted(setting, max(1, round(per_commit[0]))), setting.rounds)
    result.ours, result.theirs = 1 / result.ours, 1 / result.theirs
    return result
