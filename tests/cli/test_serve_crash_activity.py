"""What the server acknowledged is there after kill -9, and what was sent with a key happened once."""
import collections
import http.client
import json
import os
import tempfile
import threading
import unittest

from crashing_server import Caller, CrashingServer, in_threads
from postgresql import PostgreSQL

CRASHES = int(os.environ.get("RTCTL_TEST_CRASHES", "4"))
SEED = int(os.environ.get("RTCTL_TEST_SEED", "1"))


def all_activities(port):
    caller, found, after = Caller(port), [], 0
    while True:
        page = json.loads(caller.insist("GET", f"/api/activity?after={after}"))
        if not page:
            caller.close()
            return found
        found += reversed(page)
        after = page[0]["id"]


class Activities(unittest.TestCase):
    def hold(self, *arguments):
        """Logs from four threads while the server crashes; half of the activities carry a key."""
        acknowledged = collections.Counter()
        keyed = collections.Counter()
        lock, over = threading.Lock(), threading.Event()

        def log(index):
            caller, number = Caller(server.port), 0
            while not over.is_set():
                number += 1
                name = f"{index}-{number}"
                body = {"type": name, "userId": str(index), "data": {"number": number}}
                if index % 2:
                    caller.insist("POST", "/api/activity", body, {"Idempotency-Key": name})
                    with lock:
                        keyed[name] += 1
                    continue
                try:
                    status, _ = caller.ask("POST", "/api/activity", body)
                except (OSError, http.client.HTTPException):
                    continue
                if status == 200:
                    with lock:
                        acknowledged[name] += 1
            caller.close()

        with CrashingServer(*arguments) as server:
            join = in_threads(4, log)
            try:
                server.crash_at_random(CRASHES, SEED)
            finally:
                over.set()
            join()
            server.kill()
            server.start()
            found = all_activities(server.port)
        names = collections.Counter(activity["type"] for activity in found)
        self.assertGreater(len(acknowledged), 10)
        self.assertGreater(len(keyed), 10)
        self.assertEqual([], [name for name in acknowledged if names[name] != 1])
        self.assertEqual([], [name for name in keyed if names[name] != 1])
        self.assertEqual([], [name for name, count in names.items() if count != 1])
        times = [activity["created_at"] for activity in found]
        self.assertEqual(sorted(set(times)), times)

    def test_sqlite_keeps_every_acknowledged_activity(self):
        with tempfile.TemporaryDirectory() as folder:
            self.hold("--state-dir", folder)

    def test_postgresql_keeps_every_acknowledged_activity(self):
        with PostgreSQL() as database, tempfile.TemporaryDirectory() as folder:
            self.hold("--state-dir", folder, "--store", database.url)


if __name__ == "__main__":
    unittest.main()
