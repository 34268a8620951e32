"""Status, chat and activity over the wire, and what of them outlives a restart."""
import json
import sqlite3
import socket
import tempfile
import threading
import time
import unittest
from email.utils import formatdate

from crashing_server import Caller, CrashingServer
from rtctl_test import LIMIT, run, serve, wait_until


class Wire(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.url = serve("--ephemeral", "--tick", "0")
        cls.port = int(cls.url.rsplit(":", 1)[1])
        cls.addClassCleanup(cls.server.__exit__)

    def setUp(self):
        self.caller = Caller(self.port)
        self.addCleanup(self.caller.close)

    def answer(self, method, target, body=None, **headers):
        """Status, headers and body of one exchange."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.caller.ask("GET", "/healthz")  # connects
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        self.caller.connection.request(method, target, body, headers)
        answer = self.caller.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def test_status_has_validators_and_is_answered_304(self):
        until = time.monotonic() + LIMIT
        while True:
            status, headers, body = self.answer("GET", "/api/status")
            self.assertEqual(200, status)
            self.assertEqual({"uptime", "online_users", "memory_usage"}, set(json.loads(body)))
            self.assertEqual("no-cache", headers["Cache-Control"])
            again, _, empty = self.answer("GET", "/api/status", if_none_match=headers["ETag"])
            if again == 304:  # unless a sample was taken in between
                self.assertEqual(b"", empty)
                return
            self.assertLess(time.monotonic(), until)

    def test_feed_pages_and_validators(self):
        for number in range(3):
            body = json.dumps({"type": f"page {number}", "userId": "u", "data": {"n": [number]}})
            self.assertEqual((200, b"OK"), self.answer("POST", "/api/activity", body)[::2])
        status, headers, body = self.answer("GET", "/api/activity")
        items = json.loads(body)
        self.assertEqual(["page 2", "page 1", "page 0"], [item["type"] for item in items[:3]])
        self.assertEqual({"n": [2]}, items[0]["data"])
        self.assertEqual(304, self.answer("GET", "/api/activity", if_none_match=headers["ETag"])[0])
        self.assertEqual(b"[]", self.answer("GET", "/api/activity", if_modified_since=items[0]["created_at"])[2])
        self.assertEqual(b"[]", self.answer("GET", "/api/activity", if_modified_since=formatdate(time.time() + 9, usegmt=True))[2])
        newer = json.loads(self.answer("GET", "/api/activity", if_modified_since=headers["Last-Modified"])[2])
        self.assertEqual(items[0], newer[0])  # later in that second
        after = json.loads(self.answer("GET", f"/api/activity?after={items[1]['id']}")[2])
        self.assertEqual(items[:1], after)
        self.assertEqual(400, self.answer("GET", "/api/activity?after=x")[0])
        head = self.answer("HEAD", "/api/activity")
        self.assertEqual((200, b""), (head[0], head[2]))
        self.assertEqual(headers["ETag"], head[1]["ETag"])

    def test_a_long_poll_that_is_cut_off_loses_nothing(self):
        self.answer("GET", "/api/messages", x_client_id="cut")
        for how in ("close", "half-close", "reset"):
            gone = socket.create_connection(("127.0.0.1", self.port))
            gone.sendall(b"GET /api/messages?wait=50s HTTP/1.1\r\nHost: x\r\nx-client-id: cut\r\n\r\n")
            time.sleep(0.1)  # the request is to be under way; if it is not, less is tested, no more
            if how == "reset":
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            if how == "half-close":
                gone.shutdown(socket.SHUT_WR)
                gone.settimeout(LIMIT)
                self.assertEqual(b"", gone.recv(1))  # the server has noticed
            gone.close()
            time.sleep(0.1)
            self.answer("POST", "/api/messages", json.dumps({"content": how}), x_client_id="sender")
            inbox = json.loads(self.answer("GET", "/api/messages", x_client_id="cut")[2])
            self.assertEqual([how], [message["content"] for message in inbox["messages"]])

    def test_two_at_once_with_one_key_have_one_effect(self):
        self.answer("GET", "/api/messages", x_client_id="reader")
        answers = []

        def send():
            caller = Caller(self.port)
            answers.append(caller.ask("POST", "/api/messages", {"content": "once"},
                                      {"Idempotency-Key": "same", "x-client-id": "twice"}))
            caller.close()

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([(200, b"OK")] * 8, answers)
        inbox = json.loads(self.answer("GET", "/api/messages", x_client_id="reader")[2])
        self.assertEqual(["once"], [message["content"] for message in inbox["messages"]])

    def test_an_event_with_a_key_is_published_once(self):
        bodies = {self.answer("POST", "/api/events", '{"data":1}', idempotency_key="e1")[2] for _ in range(3)}
        self.assertEqual(1, len(bodies))
        self.assertEqual(409, self.answer("POST", "/api/events", '{"data":2}', idempotency_key="e1")[0])


class Online(unittest.TestCase):
    def test_online_users_counts_chat_clients_and_open_streams(self):
        server, url = serve("--ephemeral", "--tick", "0")
        with server:
            port = int(url.rsplit(":", 1)[1])
            caller = Caller(port)

            def wait_for(count):
                wait_until(lambda: json.loads(caller.insist("GET", "/api/status"))["online_users"] == count,
                           f"{count} online")

            wait_for(0)
            with socket.create_connection(("127.0.0.1", port)) as stream:
                stream.sendall(b"GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n")
                wait_for(1)
                for room in ("", "?room=tea"):  # one client, wherever it reads
                    caller.insist("GET", f"/api/messages{room}", headers={"x-client-id": "ann"})
                wait_for(2)
            wait_for(1)
            caller.close()


class Restart(unittest.TestCase):
    def test_inboxes_clients_and_names_outlive_kill_9(self):
        with tempfile.TemporaryDirectory() as folder, CrashingServer("--state-dir", folder) as server:
            caller = Caller(server.port)

            def inbox(client):
                return json.loads(caller.insist("GET", "/api/messages", headers={"x-client-id": client}))["messages"]

            def say(text):
                caller.insist("POST", "/api/messages", {"content": text}, {"x-client-id": "ann"})

            inbox("bob")
            inbox("eve")
            say("before")
            self.assertEqual("before", inbox("eve")[0]["content"])
            server.kill()
            server.start()
            say("after")
            messages = inbox("bob")
            self.assertEqual(["before", "after"], [message["content"] for message in messages])
            self.assertEqual(messages[0]["from"], messages[1]["from"])
            self.assertEqual(["after"], [message["content"] for message in inbox("eve")])
            caller.close()

    def test_a_second_server_on_the_same_file_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            store = f"sqlite:{folder}/store.db"
            server, _ = serve("--store", store, "--state-dir", f"{folder}/one")
            with server:
                second = run("serve", "--listen", "127.0.0.1:0", "--store", store, "--state-dir", f"{folder}/two")
                self.assertEqual(2, second.returncode, second.stderr)
                self.assertIn(str(server.process.pid), second.stderr)

    def test_an_old_database_is_brought_up_to_date(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{__file__.rsplit('/', 2)[0]}/store/data/schema_1.sql", encoding="utf-8") as script:
                old = sqlite3.connect(f"{folder}/old.db")
                old.executescript(script.read())
                old.close()
            server, url = serve("--store", f"sqlite:{folder}/old.db", "--state-dir", folder)
            with server:
                caller = Caller(int(url.rsplit(":", 1)[1]))
                items = json.loads(caller.insist("GET", "/api/activity"))
                self.assertEqual([(8, "log out", 42, None), (7, "log in", "ann", {"from": "home"})],
                                 [(item["id"], item["type"], item["user_id"], item["data"]) for item in items])
                caller.insist("POST", "/api/activity", {"type": "new", "userId": "u"})
                self.assertEqual(9, json.loads(caller.insist("GET", "/api/activity"))[0]["id"])
                caller.close()


if __name__ == "__main__":
    unittest.main()
