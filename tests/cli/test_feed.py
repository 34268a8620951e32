"""rtctl feed: each activity once, oldest first; logging once; going on after a restart."""
import json
import os
import signal
import tempfile
import unittest
import urllib.request

from rtctl_test import LIMIT, Process, ScriptServer, run, serve

FAST = ("--interval", "50ms", "--backoff-initial", "10ms", "--backoff-max", "20ms")


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=LIMIT) as response:
        assert response.status == 200


class Feed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.base = serve("--ephemeral")
        cls.url = cls.base + "/api/activity"

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()

    def log(self, kind, *flags):
        done = run("feed", self.url, "--log", kind, "--actor", "ci", *flags)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_logged_activities_come_back_oldest_first_and_once(self):
        for number in range(3):
            self.log(f"first-{number}", "--data", json.dumps({"n": number}))
        with Process("feed", self.url, *FAST) as feed:
            seen = []
            while "first-2" not in seen:
                activity = json.loads(feed.line())
                seen.append(activity["type"])
            self.assertEqual([kind for kind in seen if kind.startswith("first")], ["first-0", "first-1", "first-2"])
            self.assertEqual((activity["user_id"], activity["data"]), ("ci", {"n": 2}))
            for number in range(5):
                self.log(f"more-{number}")
            kinds = [json.loads(feed.line())["type"] for _ in range(5)]
            self.assertEqual(kinds, [f"more-{number}" for number in range(5)])
            feed.send(signal.SIGINT)
            self.assertEqual((feed.wait(), feed.rest()), (130, []))

    def test_resume_goes_on_after_what_was_printed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "memory")
            for number in range(4):
                self.log(f"resume-{number}")
            done = run("feed", self.url, *FAST, "--resume", path, "--timeout", "300ms")
            self.assertIn("resume-3", done.stdout)
            for number in range(4, 8):
                self.log(f"resume-{number}")
            seen = []
            for _ in range(2):  # -n ends in the middle of an answer; nothing of its rest is lost
                done = run("feed", self.url, *FAST, "--resume", path, "-n", "2")
                self.assertEqual(done.returncode, 0, done.stderr)
                seen += [json.loads(line)["type"] for line in done.stdout.splitlines()]
            self.assertEqual(seen, [f"resume-{number}" for number in range(4, 8)])

    def test_since(self):
        self.log("since-old")
        done = run("feed", self.url, *FAST, "--timeout", "200ms")
        newest = json.loads(done.stdout.splitlines()[-1])
        self.log("since-new")
        done = run("feed", self.url, *FAST, "--since", newest["created_at"], "-n", "1")
        self.assertEqual(json.loads(done.stdout)["type"], "since-new")
        self.assertEqual(run("feed", self.url, "--since", "yesterday").returncode, 2)

    def test_since_reaches_further_back_than_one_answer(self):
        self.log("far-before")
        newest = json.loads(run("feed", self.url, *FAST, "--timeout", "200ms").stdout.splitlines()[-1])
        for number in range(120):
            post(self.url, {"type": f"far-{number}", "userId": "ci"})
        done = run("feed", self.url, *FAST, "--since", newest["created_at"], "-n", "120")
        self.assertEqual([json.loads(line)["type"] for line in done.stdout.splitlines()],
                         [f"far-{number}" for number in range(120)])

    def test_pretty(self):
        self.log("pretty\u00e9", "--data", '{"a":1}')
        done = run("feed", self.url, *FAST, "--timeout", "300ms", "--format", "pretty")
        self.assertRegex(done.stdout, r'\d{4}-\d\d-\d\dT\S+Z  pretty\u00e9  ci  {"a":1}\n')

    def test_usage(self):
        for flags in (["--log", "x"], ["--actor", "x"], ["--data", "1"], ["--log", "x", "--actor", "y", "--data", "{"],
                      ["-n", "0"], ["-X", "PUT"]):
            self.assertEqual(run("feed", self.url, *flags).returncode, 2, flags)


class Scripted(unittest.TestCase):
    def test_logging_is_tried_again_with_the_same_key(self):
        def play(script, _request, number):
            script.answer("503 X") if number < 2 else script.answer(body="OK")
        with ScriptServer(play) as server:
            done = run("feed", server.url(), "--log", "t", "--actor", "a", *FAST)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(len({request.header("idempotency-key") for request in server.requests}), 1)
            self.assertEqual(json.loads(server.requests[2].body), {"type": "t", "userId": "a"})

    def test_a_server_without_cursor(self):
        """As the plainest feed does it: the newest first, whole seconds, no idea of ?after."""
        items = [{"id": f"x{n}", "type": "t", "created_at": f"2026-01-31T12:00:0{n // 3}.{n % 3}00000Z"} for n in range(9)]

        def play(script, request, number):
            shown = items[:3 + number]
            since = request.header("if-modified-since")
            if since:
                second = int(since.split(":")[2][:2]) if "12:00" in since else -1
                shown = [item for item in shown if int(item["created_at"][18]) > second]
            script.answer(body=json.dumps(shown[::-1]), headers=["Content-Type: application/json"])
            return "keep"
        with ScriptServer(play) as server:
            done = run("feed", server.url(), *FAST, "-n", "9")
            self.assertEqual([json.loads(line)["id"] for line in done.stdout.splitlines()], [f"x{n}" for n in range(9)])

    def test_failures(self):
        for answer in (lambda script: script.answer("404 X"), lambda script: script.answer(body="{}")):
            with ScriptServer(lambda script, *_, answer=answer: answer(script)) as server:
                self.assertEqual(run("feed", server.url(), *FAST).returncode, 1)
                self.assertEqual(len(server.requests), 1)
        with ScriptServer(lambda script, *_: script.answer(body="[]")) as server:
            self.assertEqual(run("feed", server.url(), *FAST, "--timeout", "200ms", "-n", "1").returncode, 4)
            self.assertEqual(run("feed", server.url(), *FAST, "--timeout", "200ms").returncode, 0)


if __name__ == "__main__":
    unittest.main()
