"""Chat over kill -9: with ack and keys every message arrives exactly once."""
import collections
import json
import os
import tempfile
import threading
import unittest

from crashing_server import Caller, CrashingServer, in_threads
from postgresql import PostgreSQL

CRASHES = int(os.environ.get("RTCTL_TEST_CRASHES", "4"))
SEED = int(os.environ.get("RTCTL_TEST_SEED", "1"))


class Chat(unittest.TestCase):
    def hold(self, *arguments, clients=20, messages=8):
        """Clients that talk and read with ack while the server crashes: every message arrives exactly once
        at every other client, in each sender's order."""
        received = [[] for _ in range(clients)]
        expected = messages * (clients - 1)

        def talk(index):
            sender, reader, acknowledged = Caller(server.port), Caller(server.port), 0
            identity = {"x-client-id": f"client {index}"}
            reader.insist("GET", "/api/messages?ack=0", headers=identity)
            everybody_is_known.wait()
            sent = 0
            while sent < messages or len(received[index]) < expected:
                if sent < messages:
                    key = {"Idempotency-Key": f"{index} {sent}", **identity}
                    sender.insist("POST", "/api/messages", {"content": f"{index} {sent}"}, key)
                    sent += 1
                wait = "&wait=1s" if sent == messages else ""
                answer = json.loads(reader.insist("GET", f"/api/messages?ack={acknowledged}{wait}", headers=identity))
                self.assertNotIn("dropped", answer)
                for message in answer["messages"]:
                    acknowledged = message["id"]
                    received[index].append(message["content"])
            sender.close()
            reader.close()

        everybody_is_known = threading.Barrier(clients)
        with CrashingServer(*arguments) as server:
            join = in_threads(clients, talk)
            server.crash_at_random(CRASHES, SEED)
            join()
        for index, texts in enumerate(received):
            wanted = {f"{other} {number}" for other in range(clients) if other != index for number in range(messages)}
            self.assertEqual(collections.Counter(wanted), collections.Counter(texts))
            for other in range(clients):
                numbers = [int(text.split()[1]) for text in texts if text.split()[0] == str(other)]
                self.assertEqual(sorted(numbers), numbers)

    def test_sqlite_loses_and_repeats_no_message(self):
        with tempfile.TemporaryDirectory() as folder:
            self.hold("--state-dir", folder)

    def test_postgresql_loses_and_repeats_no_message(self):
        with PostgreSQL() as database, tempfile.TemporaryDirectory() as folder:
            self.hold("--state-dir", folder, "--store", database.url)


if __name__ == "__main__":
    unittest.main()
