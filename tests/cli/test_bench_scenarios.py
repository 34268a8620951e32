"""What scenario files can say, seen from the server that gets the requests."""
import datetime
import json
import os
import re
import tempfile
import unittest

import rtctl_test as rtctl
from bench import Run, scenario

NOW = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")


def base(server):
    return server.url("").rstrip("/")


def ok(script, _request, _number):
    script.answer(body="{}")
    return "keep"


def once(**keys):
    """A group that sends exactly one request."""
    return {"name": "g", "kind": "request", "users": 1, "think": "1h", **keys}


class Requests(unittest.TestCase):
    def seen(self, group, *arguments, files=None, **keys):
        """The requests that the group makes, the scenario being a file among `files`."""
        with tempfile.TemporaryDirectory() as folder, rtctl.ScriptServer(ok) as server:
            for name, content in {**(files or {}), "s.yaml": scenario(base(server), group, **keys)}.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(content)
            result = rtctl.run("bench", os.path.join(folder, "s.yaml"), "--quiet", *arguments)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return sorted(server.requests, key=lambda request: request.at)

    def test_values_in_json(self):
        body = {"n": "${iteration}", "user": "${user.index}", "text": "n ${iteration}", "at": "${now}",
                "quote": 'say "${TEXT}"', "given": "${N}", "fallback": "${NOBODY:-none}", "plain": [1, 2.5, True, None, {"a": {}}]}
        request = self.seen(once(request={"method": "POST", "path": "/x", "json": body}), "--var", "N=5", "--var", 'TEXT=a"b')[0]
        sent = json.loads(request.body)
        self.assertRegex(sent.pop("at"), NOW)
        self.assertEqual(sent, {"n": 0, "user": 0, "text": "n 0", "quote": 'say "a"b"', "given": "5", "fallback": "none",
                                "plain": [1, 2.5, True, None, {"a": {}}]})
        self.assertEqual(request.header("content-type"), "application/json")

    def test_now_is_now(self):
        request = self.seen(once(request={"method": "POST", "path": "/x", "body": "${now}"}))[0]
        sent = datetime.datetime.fromisoformat(request.body.decode())
        self.assertLess(abs(datetime.datetime.now(datetime.timezone.utc) - sent), datetime.timedelta(seconds=30))

    def test_var_wins_over_the_environment(self):
        for arguments, wanted in (([], "env"), (["--var", "WHO=var"], "var")):
            with rtctl.ScriptServer(ok) as server:
                text = scenario(base(server), once(path="/${WHO}"))
                Run(text, *arguments, env={"WHO": "env"})
            self.assertEqual(server.requests[0].target, "/" + wanted)

    def test_variables_stand_for_numbers_and_durations(self):
        with rtctl.ScriptServer(ok) as server:
            text = scenario(base(server), {"name": "g", "kind": "request", "users": "${USERS}", "think": "${THINK:-1h}", "path": "/"})
            Run(text, "--var", "USERS=3")
        self.assertEqual(len(server.requests), 3)

    def test_body_from_a_file(self):
        files = {"prompt.json": '{"who": "${user.index}", "n": [1, "x"]}', "text.txt": "user ${user.index}\n"}
        group = once(request={"method": "PUT", "path": "/", "json": "@prompt.json"})
        request = self.seen(group, files=files)[0]
        self.assertEqual((request.method, json.loads(request.body)), ("PUT", {"who": 0, "n": [1, "x"]}))
        request = self.seen(once(request={"method": "POST", "path": "/", "body": "@text.txt"}), files=files)[0]
        self.assertEqual(request.body, b"user 0\n")

    def test_headers(self):
        group = once(path="/", headers={"X-One": "group ${user.index}", "x-two": "2"},)
        request = self.seen(group, defaults={"headers": {"x-one": "default", "x-three": "3"}})[0]
        self.assertEqual([request.header(name) for name in ("x-one", "x-two", "x-three")], ["group 0", "2", "3"])

    def test_feeders_go_round(self):
        people = 'name,city\nada,"London, UK"\nbob,Oslo\n'
        lines = '{"name":"ada","age":36}\n{"name":"bob","age":41}\n'
        for file, content in (("people.csv", people), ("people.jsonl", lines)):
            group = {"name": "g", "kind": "request", "users": 3, "think": "1h", "ramp_up": "300ms",
                     "request": {"method": "POST", "path": "/${people.name}", "json": {"who": "${people.name}"}}}
            if file.endswith("l"):
                group["request"]["json"]["age"] = "${people.age}"
            else:
                group["request"]["json"]["city"] = "${people.city}"
            with self.subTest(file):
                requests = self.seen(group, "--threads", "1", files={file: content}, data={"people": file})
                self.assertEqual([request.target for request in requests], ["/ada", "/bob", "/ada"])
                self.assertEqual(json.loads(requests[0].body), {"who": "ada", "age": 36} if file.endswith("l")
                                 else {"who": "ada", "city": "London, UK"})

    def test_values_in_paths_are_encoded(self):
        request = self.seen(once(path="/find?q=${people.q}"), files={"people.csv": "q\na b/c&d\n"}, data={"people": "people.csv"})[0]
        self.assertEqual(request.target, "/find?q=a%20b%2Fc%26d")

    def test_anchors_and_merges(self):
        with rtctl.ScriptServer(ok) as server:
            text = f"""
target: {base(server)}
duration: 1s
groups:
  - &first {{name: a, kind: request, users: 1, think: 1h, path: /a, headers: &headers {{x-a: one}}}}
  - <<: *first
    name: b
    path: /b
    headers: {{<<: *headers, x-b: two}}
"""
            self.assertEqual(Run(text).returncode, 0)
        requests = {request.target: request for request in server.requests}
        self.assertEqual(set(requests), {"/a", "/b"})
        self.assertEqual((requests["/b"].header("x-a"), requests["/b"].header("x-b")), ("one", "two"))


class Flows(unittest.TestCase):
    def test_every_step(self):
        def play(script, request, _number):
            if request.target == "/login":
                script.answer(body='{"token":"t-1","id":7,"deep":{"a/b":[true]}}', headers=["X-Session: s 1"])
            elif request.target.startswith("/events"):
                script.stream("".join(f"id: {n}\ndata: {n}\n\n" for n in range(1, 6)))
                script.wait_closed()
                return "close"
            else:
                script.answer(body="{}")
            return "keep"
        steps = [
            {"get": "/login", "capture": {"token": "/token", "id": "/id", "yes": "/deep/a~1b/0", "session": "header:X-Session"}},
            {"put": "/profile", "headers": {"authorization": "Bearer ${token}", "x-session": "${session}"},
             "json": {"id": "${id}", "yes": "${yes}", "text": "id ${id}"}, "expect": {"status": 200}},
            {"sse": "/events?user=${id}", "headers": {"authorization": "Bearer ${token}"}, "until_events": 3},
            {"repeat": {"times": 2, "steps": [{"post": "/act", "body": "x"}, {"repeat": {"times": 2, "steps": [{"delete": "/act/${id}"}]}}]}},
            {"repeat": {"for": "300ms", "steps": [{"get": "/tick"}, {"think": "100ms"}]}},
            {"poll": "/status", "interval": "100ms", "times": 2},
            {"say": "I am ${user.index}"},
            {"log": {"type": "login", "actor": "u${user.index}", "data": {"round": "${iteration}"}}},
            {"think": "1h"},
        ]
        with rtctl.ScriptServer(play) as server:
            run = Run(scenario(base(server), {"name": "f", "kind": "flow", "users": 1, "steps": steps}, duration="4s"))
        self.assertEqual(run.errors(), {}, run.stdout)
        made = [f"{request.method} {request.target}" for request in server.requests]
        ticks = made.count("GET /tick")
        self.assertTrue(2 <= ticks <= 3, made)
        act = ["POST /act", "DELETE /act/7", "DELETE /act/7"]
        self.assertEqual(made, ["GET /login", "PUT /profile", "GET /events?user=7", *act, *act, *["GET /tick"] * ticks,
                                "GET /status", "GET /status", "POST /api/messages", "POST /api/activity"])
        put, stream = server.requests[1], server.requests[2]
        self.assertEqual((put.header("authorization"), put.header("x-session")), ("Bearer t-1", "s 1"))
        self.assertEqual(json.loads(put.body), {"id": 7, "yes": True, "text": "id 7"})
        self.assertEqual((stream.header("authorization"), stream.header("accept")), ("Bearer t-1", "text/event-stream"))
        self.assertEqual(json.loads(server.requests[-2].body), {"content": "I am 0"})
        self.assertEqual(json.loads(server.requests[-1].body), {"type": "login", "userId": "u0", "data": {"round": 0}})
        self.assertEqual((run.count("events"), run.count("sent"), run.count("requests")), (3, 2, len(made)))

    def test_stream_steps_end_by_text_and_by_time(self):
        def play(script, request, _number):
            if request.target == "/done":
                return script.answer(body="{}")
            script.stream("data: a\n\ndata: [DONE]\n\n")
            return script.wait_closed()
        for end in ({"until": "[DONE]"}, {"for": "200ms"}):
            with self.subTest(end), rtctl.ScriptServer(play) as server:
                steps = [{"sse": "/events", **end}, {"get": "/done"}, {"think": "1h"}]
                run = Run(scenario(base(server), {"name": "f", "kind": "flow", "users": 1, "steps": steps}, duration="2s"))
                self.assertEqual([request.target for request in server.requests], ["/events", "/done"])
                self.assertEqual((run.count("events"), run.errors()), (2, {}))

    def test_a_failed_step_or_capture_ends_the_round(self):
        for step, kind in (({"get": "/a", "expect": {"status": [201]}}, "expectation"),
                           ({"get": "/a", "capture": {"token": "/nothing"}}, "expectation"),
                           ({"get": "/a", "capture": {"token": "header:X-None"}}, "expectation")):
            with self.subTest(step), rtctl.ScriptServer(ok) as server:
                run = Run(scenario(base(server), {"name": "f", "kind": "flow", "users": 1, "think": "1h",
                                                  "steps": [step, {"get": "/b"}]}))
                self.assertEqual([request.target for request in server.requests], ["/a"])
                self.assertEqual(run.errors(), {kind: 1})


class Files(unittest.TestCase):
    """What is wrong is told with its place, and nothing runs."""

    def test_messages(self):
        for text, place, found in (
                ("duration: 5\n", "2:11", '"5" is not a duration'),
                ("durration: 5s\n", "2:1", 'did you mean "duration"'),
                ("thresholds: [\"g:deliverry.p99 < 1s\"]\n", "2:14", 'did you mean "delivery"'),
                ("thresholds: [\"h:lost == 0\"]\n", "2:14", 'unknown group "h"'),
                ("thresholds: [\"g:delivery.p99 < 5\"]\n", "2:14", '"5" is not a duration'),
                ("network: {latency: 5ms, jitter: 10ms}\n", "2:33", "jitter 10ms is more than latency 5ms"),
                ("duration: 5s\nduration: 6s\n", "3:1", '"duration" is given twice'),
                ("defaults: {headers: {x: ${A}}}\n", "2:26", '"${A}"'),
                ("defaults: {headers: {x: \"${A}\"}}\n", "2:25", "--var A="),
                ("data: {people: none.csv}\n", "2:16", "none.csv")):
            with self.subTest(text), rtctl.ScriptServer(ok) as server:
                whole = f"target: {base(server)}\n{text}groups:\n  - {{name: g, kind: sse, path: /e, users: 1}}\n"
                result = rtctl.run("bench", "-", "--out", os.devnull + ".json", stdin=whole)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(f"stdin:{place}: ", result.stderr)
                self.assertIn(found, result.stderr)
                self.assertEqual((result.stdout, len(result.stderr.splitlines())), ("", 1))
                self.assertEqual(server.requests, [])


if __name__ == "__main__":
    unittest.main()
