"""rtctl poll: schedule, validators, differences, what is kept for the next run."""
import json
import os
import signal
import tempfile
import unittest

from rtctl_test import Process, ScriptServer, run

FAST = ("--interval", "50ms", "--backoff-initial", "10ms", "--backoff-max", "20ms")


class Poll(unittest.TestCase):
    def poll(self, play, *flags):
        with ScriptServer(play) as server:
            done = run("poll", server.url("/p"), *FAST, *flags)
            return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr, server.requests

    @staticmethod
    def bodies(*texts, headers=()):
        def play(script, _request, number):
            script.answer(body=texts[min(number, len(texts) - 1)], headers=headers)
            return "keep"
        return play

    def test_what_changed_is_printed_and_n_counts_polls(self):
        code, out, err, requests = self.poll(self.bodies('{"a":1}', '{"a":1}', '{"a": 2}', '{"a":2,"b":[1]}'), "-n", "5")
        self.assertEqual((code, out, len(requests)), (0, [{"a": 1}, {"a": 2}, {"a": 2, "b": [1]}], 5), err)

    def test_diff_is_a_patch_of_what_changed(self):
        _, out, _, _ = self.poll(self.bodies('{"a":1}', '{"a":2,"b/c":null}', "[1]"), "-n", "3", "--diff")
        self.assertEqual(out[0], [{"op": "replace", "path": "", "value": {"a": 1}}])
        self.assertIn({"op": "replace", "path": "/a", "value": 2}, out[1])
        self.assertIn({"op": "add", "path": "/b~1c", "value": None}, out[1])
        self.assertEqual(out[2], [{"op": "replace", "path": "", "value": [1]}])

    def test_validators_and_304(self):
        def play(script, request, _number):
            if request.header("if-none-match") == '"v1"':
                script.send("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n")
            else:
                script.answer(body="{}", headers=['ETag: "v1"', "Last-Modified: Sat, 31 Jan 2026 12:00:00 GMT"])
            return "keep"
        code, out, err, requests = self.poll(play, "-n", "3", "--stats")
        self.assertEqual((code, out), (0, [{}]))
        self.assertIsNone(requests[0].header("if-none-match"))
        self.assertEqual(requests[2].header("if-modified-since"), "Sat, 31 Jan 2026 12:00:00 GMT")
        self.assertIn("3 (2 not modified) over 1 connections", err)

    def test_polls_are_an_interval_apart(self):
        """The schedule itself is held exactly by tests/unit/cli."""
        with ScriptServer(self.bodies("{}")) as server:
            done = run("poll", server.url(), "-n", "3", "--interval", "400ms", "--jitter", "0")
        self.assertEqual((done.returncode, len(server.requests)), (0, 3))
        self.assertGreaterEqual(server.requests[2].at - server.requests[0].at, 0.4)

    def test_failures_are_tried_again_until_retries_are_used_up(self):
        def play(script, _request, number):
            if number in (0, 2):
                return script.answer("503 X")
            script.answer(body="{}")
            return None
        self.assertEqual(self.poll(play, "-n", "2")[0], 0)
        code, _, _, requests = self.poll(lambda script, *_: script.answer("500 X"), "--max-retries", "2")
        self.assertEqual((code, len(requests)), (1, 3))
        code, _, err, requests = self.poll(lambda script, *_: script.answer("404 X"))
        self.assertEqual((code, len(requests)), (1, 1))
        self.assertIn("404", err)
        code, _, err, _ = self.poll(lambda script, *_: script.answer(body="<html>", headers=["Content-Type: text/html"]))
        self.assertEqual(code, 1)
        self.assertIn("not JSON (content type text/html)", err)
        self.assertEqual(run("poll", "http://127.0.0.1:1/", "--no-reconnect").returncode, 1)

    def test_resume_keeps_validators_and_body(self):
        def play(script, request, _number):
            if request.header("if-none-match"):
                script.send("HTTP/1.1 304 X\r\n\r\n")
            else:
                script.answer(body='{"a":1}', headers=['ETag: "e"'])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "memory")
            self.assertEqual(self.poll(play, "-n", "1", "--resume", path)[1], [{"a": 1}])
            _, out, _, requests = self.poll(play, "-n", "1", "--resume", path)
            self.assertEqual((out, requests[0].header("if-none-match")), ([], '"e"'))
            _, out, _, _ = self.poll(self.bodies('{"a":1,"b":2}'), "-n", "1", "--resume", path, "--diff")
            self.assertEqual(out, [[{"op": "add", "path": "/b", "value": 2}]])
            with open(path, "w", encoding="ascii") as file:
                file.write("nonsense")
            self.assertEqual(run("poll", "http://127.0.0.1:1/", "--resume", path).returncode, 2)

    def test_time_limit_and_signals(self):
        self.assertEqual(self.poll(self.bodies("{}"), "--timeout", "200ms")[0], 0)
        self.assertEqual(self.poll(self.bodies("{}"), "--timeout", "200ms", "-n", "99")[0], 4)
        with ScriptServer(self.bodies("{}")) as server, Process("poll", server.url(), *FAST) as poll:
            poll.line()
            poll.send(signal.SIGTERM)
            self.assertEqual(poll.wait(), 143)

    def test_pretty(self):
        with ScriptServer(self.bodies('{"a":{"b":1}}', '{"a":{"b":2}}')) as server:
            done = run("poll", server.url(), *FAST, "-n", "2", "--format", "pretty")
            self.assertIn('{\n  "a": {\n    "b": 1\n  }\n}\n', done.stdout)
        with ScriptServer(self.bodies('{"a":{"b":1}}', '{"a":{"b":2}}')) as server:
            done = run("poll", server.url(), *FAST, "-n", "2", "--format", "pretty", "--diff")
            self.assertIn("replace /a/b 2\n", done.stdout)

    def test_requests_with_a_body(self):
        _, _, _, requests = self.poll(self.bodies("{}"), "-n", "1", "-d", '{"q":1}')
        self.assertEqual((requests[0].method, requests[0].body), ("POST", b'{"q":1}'))


if __name__ == "__main__":
    unittest.main()
