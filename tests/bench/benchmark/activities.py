"""Durable activities per second on SQLite, against sqlite3's own bulk inserts with the same durability.

wrk posts activities to the server (group commit); the sqlite3 program inserts rows of the same shape into an empty
table, WAL and synchronous=FULL, as many in a transaction as the server had.
"""
import dataclasses
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

from . import servers
from .processes import CLIENT_CORE, SERVER_CORE, Unavailable, cpu_seconds, on_core, run_child
from .rounds import of_pairs

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


@dataclasses.dataclass
class Commits:
    per_second: float
    cpu_us: float  # of one activity
    per_commit: float  # activities


def acknowledged(setting):
    """Activities that the server said were on disk. It may use both cores: it serves on one thread and stores on another."""
    script = setting.folder / "post.lua"
    script.write_text(POST)
    with tempfile.TemporaryDirectory(dir=setting.folder) as folder:
        with servers.rtctl_serve(setting, "--tick", "0", core=None, store=("--state-dir", folder)) as server:
            before = cpu_seconds(server.pid)
            done = subprocess.run(on_core(CLIENT_CORE, ["wrk", "-t1", "-c256", f"-d{setting.seconds + 1}s", "-s", script,
                                                        f"{server.url}/api/activity"]),
                                  capture_output=True, text=True, check=True)
            spent = cpu_seconds(server.pid) - before
            commits = metric(server.url, "rtctl_store_writers_per_commit_count")
            writers = metric(server.url, "rtctl_store_writers_per_commit_sum")
    if "failed 0" not in done.stdout:
        raise Unavailable(f"activities were refused: {done.stdout.strip()[-100:]}")
    return Commits(float(re.search(r"Requests/sec:\s+(\S+)", done.stdout)[1]),
                   spent / int(re.search(r"(\d+) requests in", done.stdout)[1]) * 1e6, writers / commits)


def inserted(setting, per_commit):
    """Rows that sqlite3 inserts, so many in a transaction."""
    script = setting.folder / "bulk.sql"
    with tempfile.TemporaryDirectory(dir=setting.folder) as folder:
        with script.open("w", encoding="ascii") as text:
            text.write(TABLE)
            for number in range(ROWS):
                text.write(INSERT % (1_767_225_600_000_000 + number))
                if number % per_commit == per_commit - 1:
                    text.write("COMMIT;BEGIN;\n")
            text.write("COMMIT;\n")
        began = time.monotonic()
        done, cpu = run_child(["sqlite3", f"{folder}/bulk.db", f".read {script}"], SERVER_CORE)
        took = time.monotonic() - began
    if done.returncode != 0:
        raise Unavailable(f"sqlite3: {done.stderr.strip()[-200:]}")
    return Commits(ROWS / took, cpu / ROWS, per_commit)


def compare_commits(setting):
    """Comparisons of the time, and of the CPU time, that an activity takes."""
    for program in ("wrk", "sqlite3"):
        if not shutil.which(program):
            raise Unavailable(f"{program} is not installed")
    pairs = []
    for _ in range(setting.rounds):
        ours = acknowledged(setting)  # first, for how many came into one commit
        pairs.append((ours, inserted(setting, max(1, round(ours.per_commit)))))
    return (of_pairs([(1 / ours.per_second, 1 / theirs.per_second) for ours, theirs in pairs]),
            of_pairs([(ours.cpu_us, theirs.cpu_us) for ours, theirs in pairs]))
