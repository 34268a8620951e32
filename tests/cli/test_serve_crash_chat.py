"""Chat over kill -9: with ack and keys every message arrives exactly once.

At full size (CONTRIBUTING.md): RTCTL_TEST_CLIENTS=200 RTCTL_TEST_SECONDS=60 RTCTL_TEST_CRASHES=5.
"""
import collections
import json
import os
import random
import tempfile
import threading
import time
import unittest

from crashing_server import Caller, CrashingServer, in_threads
from postgresql import PostgreSQL
from rtctl_test import LIMIT

CLIENTS = int(os.environ.get("RTCTL_TEST_CLIENTS", "20"))
SECONDS = float(os.environ.get("RTCTL_TEST_SECONDS", "2"))
CRASHES = int(os.environ.get("RTCTL_TEST_CRASHES", "4"))
SEED = int(os.environ.get("RTCTL_TEST_SEED", "1"))
MESSAGES = 8  # of each client


class Chat(unittest.TestCase):
    def hold(self, *arguments):
        """Clients that talk at random and read with ack while the server crashes: every message arrives
        exactly once at every other client, in each sender's order."""
        received = [[] for _ in range(CLIENTS)]
        expected = MESSAGES * (CLIENTS - 1)

        def talk(index):
            caller, acknowledged = Caller(server.port), 0
            identity = {"x-client-id": f"client {index}"}
            chance = random.Random(SEED * 1000 + index)
            caller.insist("GET", "/api/messages?ack=0", headers=identity)
            everybody_is_known.wait(4 * LIMIT)
            began = time.monotonic()
            instants = sorted(chance.uniform(0, SECONDS) for _ in range(MESSAGES))
            sent = 0
            while sent < MESSAGES or len(received[index]) < expected:
                now = time.monotonic() - began
                if sent < MESSAGES and now >= instants[sent]:
                    key = {"Idempotency-Key": f"{index} {sent}", **identity}
                    caller.insist("POST", "/api/messages", {"content": f"{index} {sent}"}, key)
                    sent += 1
                    continue
                wait = int(1000 * min(instants[sent] - now, 10)) + 1 if sent < MESSAGES else 1000
                answer = json.loads(caller.insist("GET", f"/api/messages?ack={acknowledged}&wait={wait}ms",
                                                  headers=identity))
                self.assertNotIn("dropped", answer)
                for message in answer["messages"]:
                    acknowledged = message["id"]
                    received[index].append(message["content"])
            caller.close()

        everybody_is_known = threading.Barrier(CLIENTS + 1)
        with CrashingServer(*arguments) as server:
            join = in_threads(CLIENTS, talk)
            everybody_is_known.wait(4 * LIMIT)
            began = time.monotonic()
            share = SECONDS / CRASHES
            server.crash_at_random(CRASHES, SEED, low=0.3 * share, high=1.1 * share)
            join()
            took = time.monotonic() - began
        for index, texts in enumerate(received):
            wanted = {f"{other} {number}" for other in range(CLIENTS) if other != index for number in range(MESSAGES)}
            self.assertEqual(collections.Counter(wanted), collections.Counter(texts))
            for other in range(CLIENTS):
                numbers = [int(text.split()[1]) for text in texts if text.split()[0] == str(other)]
                self.assertEqual(sorted(numbers), numbers)
        print(f"chat: {CLIENTS} clients, {CLIENTS * MESSAGES} messages, {CRASHES} crashes, {took:.0f} s, seed {SEED}: "
              f"{sum(map(len, received))} of {CLIENTS * expected} deliveries, each exactly once", flush=True)

    def test_sqlite_loses_and_repeats_no_message(self):
        with tempfile.TemporaryDirectory() as folder:
            self.hold("--state-dir", folder)

    def test_postgresql_loses_and_repeats_no_message(self):
        with PostgreSQL() as database, tempfile.TemporaryDirectory() as folder:
            self.hold("--state-dir", folder, "--store", database.url)


if __name__ == "__main__":
    unittest.main()
