"""Durable activities per second on SQLite, against sqlite3's own bulk inserts with the same durability.

Rounds alternate: wrk posts activities to the server (group commit), then the sqlite3 program inserts rows of the
same shape into an empty table, WAL and synchronous=FULL, as many in a transaction as the server had. Prints one
line: name value unit ratio target ok|short. Needs wrk and sqlite3; run it on a machine that does nothing else.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from rtctl_test import serve  # noqa: E402

ROUNDS = int(os.environ.get("RTCTL_BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("RTCTL_BENCH_SECONDS", "4"))
TARGET = 0.5
POST = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"type":"page viewed","userId":"user-12345","data":{"path":"/pricing","ms":17}}'
done = function(summary)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("failed %d\\n", failed))
end
"""


def metric(url, name):
    text = urllib.request.urlopen(f"{url}/metrics").read().decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def server_round(folder):
    """(acknowledged per second, CPU seconds per activity, writers per commit)"""
    server, url = serve("--state-dir", f"{folder}/server", "--tick", "0")
    with server:
        with open(f"{folder}/post.lua", "w", encoding="ascii") as script:
            script.write(POST)
        before = cpu_seconds(server.process.pid)
        done = subprocess.run(["wrk", "-t1", "-c256", f"-d{SECONDS}s", "-s", f"{folder}/post.lua", f"{url}/api/activity"],
                              capture_output=True, text=True, check=True)
        spent = cpu_seconds(server.process.pid) - before
        assert "failed 0" in done.stdout, done.stdout
        count = float(re.search(r"(\d+) requests in", done.stdout)[1])
        per_commit = metric(url, "rtctl_store_writers_per_commit_sum") / metric(url, "rtctl_store_writers_per_commit_count")
        return float(re.search(r"Requests/sec:\s+(\S+)", done.stdout)[1]), spent / count, per_commit


def sqlite_round(folder, per_commit):
    """(rows per second, CPU seconds per row)"""
    rows = 200_000
    row = "INSERT INTO activities (type, user_id, data, created_at) VALUES " \
          "('page viewed', '\"user-12345\"', '{\"path\":\"/pricing\",\"ms\":17}', %d);\n"
    path = f"{folder}/bulk.sql"
    with open(path, "w", encoding="ascii") as script:
        script.write("PRAGMA journal_mode=WAL;\nPRAGMA synchronous=FULL;\nCREATE TABLE activities (id INTEGER PRIMARY KEY, "
                     "type TEXT NOT NULL, user_id TEXT NOT NULL, data TEXT NOT NULL, created_at BIGINT NOT NULL);\nBEGIN;\n")
        for number in range(rows):
            script.write(row % (1_767_225_600_000_000 + number))
            if number % per_commit == per_commit - 1:
                script.write("COMMIT;BEGIN;\n")
        script.write("COMMIT;\n")
    with open(path, encoding="ascii") as script:
        started, before = os.times(), os.times()
        subprocess.run(["sqlite3", f"{folder}/bulk.db"], stdin=script, stdout=subprocess.DEVNULL, check=True)
        after = os.times()
    for name in ("bulk.db", "bulk.db-wal", "bulk.db-shm"):
        if os.path.exists(f"{folder}/{name}"):
            os.remove(f"{folder}/{name}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return rows / (after.elapsed - started.elapsed), spent / rows


def main():
    ratios, rates, costs = [], [], []
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            rate, cost, per_commit = server_round(folder)
            bulk_rate, bulk_cost = sqlite_round(folder, max(1, round(per_commit)))
        print(f"round {number + 1}: server {rate:.0f}/s, {cost * 1e6:.1f} us CPU each, {per_commit:.0f} a commit; "
              f"sqlite3 {bulk_rate:.0f}/s, {bulk_cost * 1e6:.1f} us CPU each", file=sys.stderr)
        rates.append(rate)
        ratios.append(rate / bulk_rate)
        costs.append(cost)
    ratio = statistics.median(ratios)
    print(f"activity_commits {statistics.median(rates):.0f} /s {ratio:.2f} {TARGET} {'ok' if ratio >= TARGET else 'short'}")


if __name__ == "__main__":
    main()
