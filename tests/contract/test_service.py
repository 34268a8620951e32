"""Plays the harness of the contract tests against the service: one case for each capability."""
import http.client
import json
import os
import queue
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(__file__))

from rtctl_test import LIMIT, ScriptServer  # noqa: E402
import service  # noqa: E402


class Contract(unittest.TestCase):
    def setUp(self):
        self.control = service.start(0)
        threading.Thread(target=self.control.serve_forever, daemon=True).start()
        self.told, self.connections = queue.Queue(), queue.Queue()
        self.callbacks = self.entered(ScriptServer(self.take_callback))
        self.streams = self.entered(ScriptServer(self.take_stream))
        self.location = None

    def entered(self, server):
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def tearDown(self):
        if self.location:
            self.assertEqual(self.ask("DELETE", self.location)[0], 204)
            self.assertEqual(self.ask("DELETE", self.location)[0], 404)
        self.control.shutdown()
        self.control.server_close()

    def take_callback(self, script, request, _number):
        self.told.put((int(request.target.rpartition("/")[2]), json.loads(request.body)))
        script.answer()
        return "keep"

    def take_stream(self, script, request, _number):
        commands = queue.Queue()
        script.stream()
        self.connections.put((request, commands))
        while (data := commands.get()) is not None:
            script.send(data)
            if data == b"":
                script.wait_closed()
                return

    def ask(self, method, target, body=None):
        connection = http.client.HTTPConnection(*self.control.server_address)
        connection.request(method, target, json.dumps(body) if body is not None else None)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        return response.status, response.getheader("Location"), text

    def start_client(self, **parameters):
        status, location, _ = self.ask("POST", "/", {"streamUrl": self.streams.url("/stream"), "initialDelayMs": 1,
                                                     "callbackUrl": self.callbacks.url("/endpoints/7"), **parameters})
        self.assertEqual(status, 201)
        self.location = location.partition("/streams/")[1] + location.partition("/streams/")[2]
        return self.connections.get(timeout=LIMIT)

    def expect(self, **message):
        number, body = self.told.get(timeout=LIMIT)
        self.number = getattr(self, "number", 0) + 1
        self.assertEqual(number, self.number)
        for key, value in message.items():
            self.assertEqual(body[key], value)
        return body

    def test_status_and_bad_requests(self):
        status, _, text = self.ask("GET", "/")
        self.assertEqual((status, json.loads(text)["capabilities"]), (200, service.CAPABILITIES))
        self.assertEqual(self.ask("POST", "/", {"streamUrl": "x"})[0], 400)
        self.assertEqual(self.ask("POST", "/streams/99", {"command": "restart"})[0], 404)

    def test_events_of_any_type_comments_and_bom(self):
        _, stream = self.start_client()
        self.assertEqual(self.ask("POST", self.location, {"command": "listen", "listen": {"type": "put"}})[0], 200)
        self.assertEqual(self.ask("POST", self.location, {"command": "dance"})[0], 400)
        stream.put("\ufeffdata: Hello\n\n:World\n")
        stream.put("event: put\r\nid: abc\r\ndata: a\r\ndata: b\r\n\r\n")
        self.expect(kind="event", event={"type": "message", "data": "Hello", "id": ""})
        self.expect(kind="comment", comment="World")
        self.expect(kind="event", event={"type": "put", "data": "a\nb", "id": "abc"})
        stream.put(b"")

    def test_headers_method_body_and_last_event_id(self):
        for method in ("POST", "REPORT"):
            body = '{"hello": "world"}'
            headers = {"content-type": "application/json; charset=utf-8", "header-name-1": "value-1"}
            request, stream = self.start_client(method=method, body=body, headers=headers, lastEventId="abc")
            self.assertEqual((request.method, request.body.decode()), (method, body))
            self.assertEqual(request.header("content-type"), headers["content-type"])
            self.assertEqual((request.header("header-name-1"), request.header("last-event-id")), ("value-1", "abc"))
            stream.put(None)
            again, stream = self.connections.get(timeout=LIMIT)  # the body is sent again
            self.assertEqual((again.method, again.body), (method, body.encode()))
            stream.put(b"")
            self.assertEqual(self.ask("DELETE", self.location)[0], 204)
            self.location = None

    def test_restart_and_the_id_of_the_last_event(self):
        request, stream = self.start_client()
        self.assertIsNone(request.header("last-event-id"))
        stream.put("id: abc\ndata: Hello\n\n")
        self.expect(kind="event")
        stream.put(b"")
        self.assertEqual(self.ask("POST", self.location, {"command": "restart"})[0], 200)
        request, stream = self.connections.get(timeout=LIMIT)
        self.assertEqual(request.header("last-event-id"), "abc")
        self.expect(kind="error")
        stream.put("data: Thanks\n\n")
        self.expect(kind="event", event={"type": "message", "data": "Thanks", "id": "abc"})
        stream.put(b"")

    def test_read_timeout(self):
        _, stream = self.start_client(readTimeoutMs=300)
        stream.put("data: Hello\n\n")
        self.expect(kind="event")
        self.expect(kind="error", comment="no byte for 300ms")
        stream.put(b"")
        _, stream = self.connections.get(timeout=LIMIT)
        stream.put(b"")

    def test_server_directed_shutdown(self):
        answers = []

        def play(script, request, number):
            answers.append(request)
            script.stream("data: a\n\n") if number == 0 else script.send("HTTP/1.1 204 No Content\r\n\r\n")
        with ScriptServer(play) as server:
            status, location, _ = self.ask("POST", "/", {"streamUrl": server.url(), "initialDelayMs": 1,
                                                         "callbackUrl": self.callbacks.url("/e")})
            self.assertEqual(status, 201)
            self.expect(kind="event")
            self.expect(kind="error")
            self.expect(kind="closed")
            self.assertEqual(len(answers), 2)
            self.location = "/streams/" + location.rpartition("/")[2]


if __name__ == "__main__":
    unittest.main()
