"""What the server acknowledged is there after kill -9, and what was sent with a key happened once.

At full size (CONTRIBUTING.md): RTCTL_TEST_CRASHES=20 RTCTL_TEST_SECONDS=60.
"""
import collections
import http.client
import json
import os
import random
import tempfile
import threading
import time
import unittest

from crashing_server import Caller, CrashingServer, in_threads
from postgresql import PostgreSQL

CRASHES = int(os.environ.get("RTCTL_TEST_CRASHES", "4"))
SECONDS = float(os.environ.get("RTCTL_TEST_SECONDS", "1.5"))
WRITERS = 8
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


def crash_server(server):
    share = SECONDS / CRASHES
    server.crash_at_random(CRASHES, SEED, low=0.4 * share, high=1.6 * share)


class Activities(unittest.TestCase):
    def hold(self, *arguments, crash=crash_server):
        """Logs from several threads while the server or its database crashes; half of the activities carry a key."""
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
            join = in_threads(WRITERS, log)
            began = time.monotonic()
            try:
                crash(server)
            finally:
                over.set()
            join()
            took = time.monotonic() - began
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
        count = len(acknowledged) + len(keyed)
        print(f"activities: {count} acknowledged in {took:.0f} s ({count / took:.0f}/s), {CRASHES} crashes, "
              f"seed {SEED}: all there once, {len(found) - count} more whose answer was lost", flush=True)

    def test_sqlite_keeps_every_acknowledged_activity(self):
        with tempfile.TemporaryDirectory() as folder:
            self.hold("--state-dir", folder)

    def test_postgresql_keeps_every_acknowledged_activity(self):
        with PostgreSQL() as database, tempfile.TemporaryDirectory() as folder:
            self.hold("--state-dir", folder, "--store", database.url)

    def test_postgresql_itself_may_crash(self):
        """The server goes on, without a restart."""
        with PostgreSQL() as database, tempfile.TemporaryDirectory() as folder:
            def crash(server):
                chance = random.Random(SEED)
                for _ in range(CRASHES):
                    time.sleep(chance.uniform(0.3, 1))
                    database.kill()
                    time.sleep(chance.uniform(0, 0.5))
                    database.start()
                caller = Caller(server.port)
                caller.insist("POST", "/api/activity", {"type": "after", "userId": "u"}, {"Idempotency-Key": "after"})
                caller.close()

            self.hold("--state-dir", folder, "--store", database.url, crash=crash)


if __name__ == "__main__":
    unittest.main()
