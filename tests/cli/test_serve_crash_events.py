"""Events over kill -9: published once for each key, ids without a hole, whoever resumes misses nothing.

At full size (CONTRIBUTING.md): RTCTL_TEST_CRASHES=20.
"""
import collections
import http.client
import json
import os
import tempfile
import threading
import unittest

from crashing_server import Caller, CrashingServer, in_threads
from raw_http import EventStream

CRASHES = int(os.environ.get("RTCTL_TEST_CRASHES", "6"))
SEED = int(os.environ.get("RTCTL_TEST_SEED", "1"))


class Events(unittest.TestCase):
    def test_a_key_publishes_once_and_ids_have_no_hole(self):
        published, lock, over = {}, threading.Lock(), threading.Event()

        def publish(index):
            caller, number = Caller(server.port), 0
            while not over.is_set():
                number += 1
                name = f"{index}-{number}"
                while True:
                    try:
                        status, body = caller.ask("POST", "/api/events", {"data": name}, {"Idempotency-Key": name})
                    except (OSError, http.client.HTTPException):
                        continue
                    if status == 202:
                        break
                    assert status == 503, (status, body)
                with lock:
                    published[name] = json.loads(body)["id"]
            caller.close()

        with tempfile.TemporaryDirectory() as folder:
            with CrashingServer("--state-dir", folder, "--tick", "20ms", "--history", "1000000") as server:
                join = in_threads(3, publish)
                try:
                    server.crash_at_random(CRASHES, SEED)
                finally:
                    over.set()
                join()
                with EventStream(f"http://127.0.0.1:{server.port}", "?lastEventId=0") as stream:
                    events, last = [], max(published.values())
                    while not events or int(events[-1]["id"]) < last:
                        events.append(stream.event())
        self.assertEqual([int(event["id"]) for event in events], list(range(1, len(events) + 1)))
        found = collections.Counter(event["data"] for event in events)
        self.assertGreater(len(published), 20)
        self.assertEqual([], [name for name in published if found[name] != 1])
        self.assertEqual([], [name for name, number in published.items() if events[number - 1]["data"] != name])
        print(f"events: {len(published)} published with a key, {CRASHES} crashes, seed {SEED}: each there once, "
              f"ids 1 to {len(events)} without a hole", flush=True)


if __name__ == "__main__":
    unittest.main()
