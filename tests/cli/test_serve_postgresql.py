"""The server on PostgreSQL: an outage gives 503s and passes by itself; a second server is refused."""
import json
import tempfile
import threading
import time
import unittest

from crashing_server import Caller
from postgresql import PostgreSQL
from rtctl_test import run, serve, wait_until


cluster = PostgreSQL()


def setUpModule():  # pylint: disable=invalid-name
    unittest.addModuleCleanup(cluster.__exit__)
    cluster.__enter__()


class Outage(unittest.TestCase):
    def test_requests_get_503_and_recover_when_the_database_is_back(self):
        database = cluster
        with tempfile.TemporaryDirectory() as folder:
            server, url = serve("--state-dir", folder, "--store", database.create_database("outage"))
            with server:
                caller = Caller(int(url.rsplit(":", 1)[1]))
                body = {"type": "before", "userId": "u"}
                self.assertEqual(200, caller.ask("POST", "/api/activity", body)[0])
                self.assertEqual(200, caller.ask("GET", "/api/messages")[0])
                database.kill()
                targets = ["/api/activity", "/api/messages", "/api/status"]
                for target in targets:
                    # A status up to a second old, or a first answer on a connection not known to be lost.
                    wait_until(lambda t=target: caller.ask("GET", t)[0] == 503, f"503 from {target}")
                    self.assertEqual(503, caller.ask("GET", target)[0])
                status, answer = caller.ask("POST", "/api/activity", {"type": "lost", "userId": "u"})
                self.assertEqual(503, status)
                self.assertEqual(503, json.loads(answer)["status"])
                self.assertEqual(200, caller.ask("GET", "/healthz")[0])
                wait_until(lambda: caller.ask("GET", "/readyz")[0] == 503, "the server to be not ready")
                database.start()
                for target in targets:
                    caller.insist("GET", target)
                caller.insist("POST", "/api/activity", {"type": "after", "userId": "u"})
                wait_until(lambda: caller.ask("GET", "/api/activity")[0] == 200, "all connections to be back")
                wait_until(lambda: caller.ask("GET", "/readyz")[0] == 200, "the server to be ready again")
                types = [activity["type"] for activity in json.loads(caller.insist("GET", "/api/activity"))]
                self.assertEqual(["after", "before"], types)
                caller.close()

    def test_a_database_that_hangs_holds_up_nobody_else(self):
        """Locked tables: the requests wait, the rest of the server does not."""
        with tempfile.TemporaryDirectory() as folder:
            server, url = serve("--state-dir", folder, "--store", cluster.url)
            with server:
                port = int(url.rsplit(":", 1)[1])
                lock = threading.Thread(target=cluster.execute, args=(
                    "BEGIN; LOCK TABLE activities IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT",))
                lock.start()
                wait_until(lambda: cluster.execute(
                    "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"
                    " AND relation = 'activities'::regclass") == "1", "the table to be locked")
                answers = []
                patient = Caller(port)
                waiting = threading.Thread(target=lambda: answers.append(
                    patient.ask("POST", "/api/activity", {"type": "t", "userId": "u"})[0]))
                waiting.start()
                caller, started = Caller(port), time.monotonic()
                self.assertEqual(200, caller.ask("GET", "/healthz")[0])
                self.assertLess(time.monotonic() - started, 2)
                caller.close()
                waiting.join()
                patient.close()
                lock.join()
                self.assertEqual([200], answers)


class Holder(unittest.TestCase):
    def test_a_second_server_is_refused_and_told_who_holds_the_store(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            url = cluster.create_database("held")
            server, _ = serve("--state-dir", one, "--store", url)
            with server:
                second = run("serve", "--listen", "127.0.0.1:0", "--state-dir", two, "--store", url)
                self.assertEqual(2, second.returncode, second.stderr)
                self.assertIn(str(server.process.pid), second.stderr)


if __name__ == "__main__":
    unittest.main()
