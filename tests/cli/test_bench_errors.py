"""Every kind of error that rtctl bench counts, made by a server that does just that."""
import os
import socket
import subprocess
import tempfile
import threading
import unittest

import rtctl_test as rtctl
from bench import Run, scenario

STREAM = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"


def request(**keys):
    return {"name": "g", "kind": "request", "users": 1, "path": "/", "think": "200ms", **keys}


def stream(**keys):
    return {"name": "g", "kind": "sse", "users": 1, "path": "/", "backoff": {"initial": "200ms", "jitter": "none"}, **keys}


def poll(**keys):
    return {"name": "g", "kind": "poll", "users": 1, "path": "/", "interval": "200ms", **keys}


def says(data):
    """Plays bytes as they are and closes the connection."""
    def play(script, _request, _number):
        script.send(data)
    return play


def silence(script, _request, _number):
    script.wait_closed()


def speak_plainly(listener):
    """Answers whatever comes as a server without TLS would."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


class Kinds(unittest.TestCase):
    def run_against(self, play, group, **options):
        with rtctl.ScriptServer(play) as server:
            return Run(scenario(server.url("").rstrip("/"), group, **options))

    def check(self, kind, play, *groups):
        """Each of the groups sees errors of that kind and no other."""
        for group in groups:
            with self.subTest(kind=kind, group=group["kind"]):
                run = self.run_against(play, group)
                self.assertEqual(set(run.errors()), {kind}, run.stdout + run.stderr)
                self.assertEqual(run.returncode, 0 if run.count("events") or run.count("http_2xx") else 1, run.stderr)
                self.assertTrue(run.example(kind))

    def test_dns(self):
        # The target is there; the group goes elsewhere.
        self.check("dns", says(""), request(path="http://nowhere.invalid/"), stream(path="http://nowhere.invalid/"))

    def test_connect(self):
        url = f"http://127.0.0.1:{rtctl.free_port()}/"
        self.check("connect", says(""), request(path=url), stream(path=url), poll(path=url))

    def test_tls_where_none_is_spoken(self):
        with socket.create_server(("127.0.0.1", 0)) as plain:
            threading.Thread(target=speak_plainly, args=(plain,), daemon=True).start()
            url = f"https://127.0.0.1:{plain.getsockname()[1]}/"
            self.check("tls", says(""), request(path=url), stream(path=url))
            plain.shutdown(socket.SHUT_RDWR)

    def test_tls_that_nobody_vouches_for(self):
        with tempfile.TemporaryDirectory() as folder:
            key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
                           check=True, capture_output=True)
            server, url = rtctl.serve("--ephemeral", "--tls-cert", cert, "--tls-key", key)
            with server:
                run = Run(scenario(url, request(path="/healthz"), stream(name="s", path="/api/events")))
                self.assertEqual(set(run.errors("g")), {"tls"}, run.stdout + run.stderr)
                self.assertEqual(run.errors("s"), {"tls": 1})  # final: a certificate does not mend itself
                trusting = Run(scenario(url, request(path="/healthz"), defaults={"insecure": True}))
                self.assertEqual((trusting.returncode, trusting.errors()), (0, {}), trusting.stdout)

    def test_timeout(self):
        self.check("timeout", silence, request(timeouts={"request": "300ms"}), poll(timeouts={"request": "300ms"}))

    def test_timeout_of_a_stream_that_never_begins(self):
        """The header is what `request` bounds; `idle` is for what comes after it."""
        self.check("timeout", silence, stream(timeouts={"request": "300ms", "idle": "30s"}))

    def test_idle(self):
        self.check("idle", lambda script, _request, _number: (script.send(STREAM + "\r\ndata: x\n\n"), script.wait_closed()),
                   stream(timeouts={"idle": "300ms"}))

    def test_reset(self):
        self.check("reset", lambda script, _request, _number: script.reset(), request(), poll(), stream())

    def test_reset_in_the_middle(self):
        def play(script, _request, _number):
            script.send(STREAM + "\r\ndata: x\n\n")
            script.reset()
        self.check("reset", play, stream())

    def test_status(self):
        self.check("http_4xx", says("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"), request(), poll(), stream())
        self.check("http_5xx", says("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"), request(), poll(), stream())

    def test_bad_content_type(self):
        self.check("bad_content_type", says("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nhello"), stream())

    def test_bad_frame(self):
        self.check("bad_frame", says("SSH-2.0-OpenSSH_9.2\r\n"), request(), stream())
        self.check("bad_frame", says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), request())
        self.check("bad_frame", says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"), request())
        # The first event is whole, the chunk after it is not.
        self.check("bad_frame", says(STREAM + "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: x\n\n\r\nzz\r\n"), stream())

    def test_endless_header(self):
        def play(script, _request, _number):
            script.send("HTTP/1.1 200 OK\r\n")
            while True:
                script.send("x-more: " + "x" * 1000 + "\r\n")
        self.check("bad_frame", play, request(), stream())

    def test_bad_json(self):
        answer = says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        self.check("bad_json", answer, poll(expect={"json": {"/a": "number"}}),
                   {"name": "g", "kind": "chat", "users": 1, "path": "/", "interval": "200ms"},
                   {"name": "g", "kind": "feed", "users": 1, "path": "/", "interval": "200ms"})

    def test_expectation(self):
        answer = says('HTTP/1.1 200 OK\r\nX-Kind: good\r\nContent-Length: 7\r\n\r\n{"a":1}')
        self.check("expectation", answer, request(expect={"status": [201]}), poll(expect={"json": {"/a": "string"}}),
                   poll(expect={"json": {"/b": "any"}}), request(expect={"headers": {"x-kind": "bad"}}),
                   request(expect={"body": "b"}))
        self.check("expectation", says("HTTP/1.1 204 No\r\n\r\n"), stream())
        run = self.run_against(answer, poll(expect={"status": 200, "headers": {"x-kind": "good"}, "body": "a",
                                                    "json": {"/a": 1}}))
        self.assertEqual((run.returncode, run.errors()), (0, {}), run.stdout)

    def test_as_many_as_there_were(self):
        """Errors, attempts and the rate between them are those that the server made."""
        def play(script, _request, number):
            script.answer("500 No" if number % 4 == 0 else "200 OK", "x")
            return "keep"
        with rtctl.ScriptServer(play) as server:
            run = Run(scenario(server.url("").rstrip("/"), request(think="20ms"), duration="2s"))
        asked = len(server.requests)
        self.assertEqual(run.count("requests"), asked)
        self.assertEqual(run.errors(), {"http_5xx": (asked + 3) // 4})
        self.assertEqual(run.count("http_5xx") + run.count("http_2xx"), asked)
        self.assertAlmostEqual(run.group()["error_rate"], (asked + 3) // 4 / asked)


    def test_no_answer_at_all_is_no_success(self):
        """Nothing went wrong yet when the run ended, and nothing went right."""
        for group in (request(), poll(), stream(timeouts={"idle": 0})):
            run = self.run_against(silence, group)
            self.assertEqual((run.returncode, run.errors()), (1, {}), run.stdout)
            self.assertIn("nothing succeeded", run.stderr)


class Machine(unittest.TestCase):
    def test_full_backlog_is_a_timeout(self):
        """A peer that takes no connection any more: what is dropped there is not refused."""
        with socket.socket() as full, rtctl.ScriptServer(silence) as server:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            waiting = []
            for _ in range(8):  # the kernel lets a few in before it stops answering
                probe = socket.socket()
                probe.setblocking(False)
                probe.connect_ex(full.getsockname())
                waiting.append(probe)
            url = f"http://127.0.0.1:{full.getsockname()[1]}/"
            run = Run(scenario(server.url("").rstrip("/"), request(path=url, timeouts={"connect": "300ms"})))
            for probe in waiting:
                probe.close()
        self.assertEqual(set(run.errors()), {"timeout"}, run.stdout)


if __name__ == "__main__":
    unittest.main()
