"""What rtctl bench measures, held against servers whose every event and pause is known."""
import datetime
import json
import time
import unittest

import rtctl_test as rtctl
from bench import Run, scenario

MS = 1_000_000  # nanoseconds
SLACK = 2000 * MS  # how late a busy machine may be


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def event(number, data=None, sent=None):
    return f"id: {number}\ndata: {json.dumps(data or {'timestamp': sent or now(), 'n': number})}\n\n"


def base(server):
    return server.url("").rstrip("/")


def sse(**keys):
    return {"name": "s", "kind": "sse", "users": 1, "path": "/", "backoff": {"initial": "300ms", "jitter": "none"}, **keys}


class Streams(unittest.TestCase):
    def numbers(self, numbers, **keys):
        """One stream whose events have those numbers, as ids and in their data."""
        def play(script, _request, _number):
            script.stream("".join(event(n) for n in numbers))
            script.wait_closed()
        with rtctl.ScriptServer(play) as server:
            run = Run(scenario(base(server), sse(**keys)))
        self.assertEqual(run.returncode, 0, run.stderr)
        return [run.count(name) for name in ("events", "lost", "duplicated", "reordered")]

    def test_lost_duplicated_reordered(self):
        for sequence in ("id", "/n"):
            with self.subTest(sequence):
                self.assertEqual(self.numbers([1, 2, 3, 4], sequence=sequence), [4, 0, 0, 0])
                self.assertEqual(self.numbers([1, 2, 5, 6], sequence=sequence), [4, 2, 0, 0])
                self.assertEqual(self.numbers([1, 2, 2, 1, 3], sequence=sequence), [5, 0, 2, 0])
                self.assertEqual(self.numbers([1, 3, 2, 4], sequence=sequence), [4, 0, 0, 1])
                self.assertEqual(self.numbers([1, 5, 3, 3, 6], sequence=sequence), [5, 2, 1, 1])
        self.assertEqual(self.numbers([1, 5, 5]), [3, 0, 0, 0])  # nobody asked to watch

    def test_a_replay_makes_good(self):
        """Three events are missed while the stream is away; the next connection brings two of them."""
        def play(script, request, number):
            if number == 0:
                return script.stream(event(1) + event(2))
            self.assertEqual(request.header("last-event-id"), "2")
            script.stream("".join(event(n) for n in (3, 4, 6)))
            return script.wait_closed()
        with rtctl.ScriptServer(play) as server:
            run = Run(scenario(base(server), sse(sequence="id"), duration="2s"))
        self.assertEqual([run.count(name) for name in ("events", "lost", "duplicated", "reordered", "reconnects")],
                         [5, 1, 0, 0, 1])
        self.assertEqual(run.errors(), {})  # an orderly end is no error

    def test_reconnect_and_recovery(self):
        """The stream is lost, is open again after 300 ms, has what it missed 200 ms later, and goes on live."""
        def play(script, _request, number):
            if number == 0:
                return script.stream(event(1))
            missed = now()
            time.sleep(0.02)
            script.stream("data: hello\n\n")
            time.sleep(0.2)
            script.send(event(2, sent=missed))
            time.sleep(0.5)
            script.send(event(3))
            return script.wait_closed()
        with rtctl.ScriptServer(play) as server:
            run = Run(scenario(base(server), sse(sent_at="/timestamp", sequence="id"), duration="3s"))
        reconnect, recovery = run.metric("reconnect"), run.metric("recovery")
        self.assertEqual((reconnect["count"], recovery["count"]), (1, 1))
        self.assertGreaterEqual(reconnect["min"], 300 * MS)
        self.assertLess(reconnect["min"], 300 * MS + SLACK)
        self.assertGreaterEqual(recovery["min"], reconnect["min"] + 190 * MS)
        self.assertLess(recovery["min"], reconnect["min"] + 500 * MS)  # not until the live one
        uptime = run.group()["uptime"]
        self.assertLess(uptime, 1 - 0.3 / 3.5)
        self.assertGreater(uptime, 0.3)

    def test_times_of_a_stream(self):
        """first_event, event_gap, heartbeat_gap, delivery, payload and stream, each from known pauses."""
        def play(script, _request, _number):
            time.sleep(0.1)
            script.stream(": one\n\n")
            time.sleep(0.2)
            sent = now()
            time.sleep(0.1)
            script.send(event(1, sent=sent))
            time.sleep(0.3)
            script.send(": two\n\n" + event(2))
            time.sleep(0.1)
            script.send("data: [DONE]\n\n")
            return script.wait_closed()
        with rtctl.ScriptServer(play) as server:
            run = Run(scenario(base(server), sse(sent_at="/timestamp", until="[DONE]", think="5s"), duration="2s"))
        self.assertEqual(run.errors(), {}, run.stdout)
        self.assertEqual(run.count("iterations"), 1)
        for name, count, least in (("first_byte", 1, 100), ("first_event", 1, 400), ("heartbeat_gap", 1, 600),
                                   ("stream", 1, 700), ("event_gap", 2, 100)):
            with self.subTest(name):
                metric = run.metric(name)
                self.assertEqual(metric["count"], count)
                self.assertGreaterEqual(metric["min"], (least - 5) * MS)
                self.assertLess(metric["min"], least * MS + SLACK)
        self.assertGreaterEqual(run.metric("event_gap")["max"], 295 * MS)
        delivery = run.metric("delivery")
        self.assertEqual(delivery["count"], 2)
        self.assertGreaterEqual(delivery["max"], 99 * MS)
        self.assertLess(delivery["min"], 99 * MS)
        self.assertEqual(run.report["clock_basis"], "same host")
        self.assertEqual(run.metric("payload")["min"], len("[DONE]"))

    def test_half_open_users_take_no_more(self):
        def play(script, _request, number):
            script.stream(event(1))
            for n in range(2, 20):
                time.sleep(0.05)
                script.send(event(n))
            return script.wait_closed()
        with rtctl.ScriptServer(play) as server:
            run = Run(scenario(base(server), sse(name="gone", half_open="100%"), sse(name="here"), duration="2s"))
        self.assertLess(run.count("events", "gone"), 5)
        self.assertEqual(run.count("events", "here"), 19)
        self.assertEqual(len(server.requests), 2)  # who vanished does not come back

    def test_drop_every(self):
        def play(script, _request, _number):
            script.stream(event(1))
            script.wait_closed()
        with rtctl.ScriptServer(play) as server:
            group = sse(drop_every="200ms..300ms", backoff={"initial": "100ms", "jitter": "none"})
            run = Run(scenario(base(server), group, duration="3s"))
        self.assertGreaterEqual(run.count("reconnects"), 3)
        self.assertLessEqual(run.count("reconnects"), 10)
        self.assertEqual(run.count("connections_opened"), len(server.requests))
        self.assertEqual(run.errors(), {})

    def test_attempts_by_second(self):
        """A storm can be read from the series: how many tried to connect in which second."""
        def play(script, _request, number):
            if number < 10:
                script.stream(event(1))
                return script.wait_closed()
            if number < 15:
                return script.answer("503 Busy")
            script.stream(event(2))
            return script.wait_closed()
        with rtctl.ScriptServer(play) as server:
            run = Run(scenario(base(server), sse(users=10, disconnect={"all": True, "at": "1500ms"}), duration="4s"))
        series = run.group()["series"]
        tried = [point["counters"].get("connections_opened", 0) + point["counters"].get("connections_failed", 0)
                 for point in series]
        self.assertEqual(sum(tried), len(server.requests))
        self.assertEqual(tried[0], 10)
        self.assertEqual(run.count("connections_opened"), 20)
        self.assertEqual(run.count("connections_failed"), 5)
        self.assertEqual(run.errors(), {"http_5xx": 5})


class Requests(unittest.TestCase):
    def test_not_modified(self):
        def play(script, request, _number):
            if request.header("if-none-match") == '"v1"':
                script.answer("304 Not Modified", headers=['ETag: "v1"'])
            else:
                script.answer(body="{}", headers=['ETag: "v1"'])
            return "keep"
        with rtctl.ScriptServer(play) as server:
            run = Run(scenario(base(server), {"name": "p", "kind": "poll", "users": 2, "path": "/", "interval": "100ms"}))
        self.assertEqual(run.count("http_2xx"), 2)
        self.assertEqual(run.count("not_modified"), len(server.requests) - 2)
        self.assertEqual(run.count("http_3xx"), run.count("not_modified"))
        self.assertEqual(run.errors(), {})
        self.assertEqual(run.count("connections_opened"), 2)  # kept alive

    def test_latency_counts_from_the_plan(self):
        """One answer takes 700 ms, the polls planned meanwhile wait for it; the server was busy once."""
        def play(script, _request, number):
            if number == 0:
                time.sleep(0.7)
            script.answer(body="{}")
            return "keep"
        with rtctl.ScriptServer(play) as server:
            group = {"name": "p", "kind": "poll", "users": 1, "path": "/", "interval": "200ms"}
            run = Run(scenario(base(server), group, duration="3s"))
        self.assertEqual(run.metric("latency")["count"], 15)
        self.assertGreaterEqual(run.metric("latency")["p90"], 450 * MS)  # 700, 500, 300, 100
        self.assertLess(run.metric("service")["p50"], 100 * MS)
        self.assertGreaterEqual(run.metric("service")["max"], 695 * MS)

    def test_warmup_is_run_and_not_recorded(self):
        with rtctl.ScriptServer(lambda script, _request, _number: script.answer(body="x") or "keep") as server:
            group = {"name": "r", "kind": "request", "rate": "20/s", "path": "/"}
            run = Run(scenario(base(server), group, warmup="1s", duration="2s"))
        self.assertEqual(len(server.requests), 60)
        self.assertEqual(run.count("requests"), 40)
        self.assertEqual(run.count("bytes"), 40)
        self.assertEqual(run.report["warmup"], 1000 * MS)

    def test_long_polls_have_their_wait_beyond_the_timeout(self):
        """`request: 1s` and `wait: 1s`: an answer after 1.6 s is in time, one after 3 s is not."""
        def play(script, request, number):
            if "wait=" in request.target:
                time.sleep(1.6 if number == 1 else 4)
            script.answer(body='{"messages":[],"clientId":"me"}')
            return "keep"
        with rtctl.ScriptServer(play) as server:
            group = {"name": "c", "kind": "chat", "users": 1, "path": "/", "wait": "1s", "timeouts": {"request": "1s"}}
            run = Run(scenario(base(server), group, duration="5s"))
        self.assertIn("wait=1s", server.requests[1].target)
        self.assertEqual(run.errors(), {"timeout": 1}, run.stdout)
        self.assertEqual(run.count("http_2xx"), 2)

    def test_stages_and_poisson_arrive_as_planned(self):
        with rtctl.ScriptServer(lambda script, _request, _number: script.answer() or "keep") as server:
            stages = [{"for": "1s", "rate": "10/s"}, {"for": "1s", "rate": "10/s..50/s"}, {"for": "1s", "rate": "0/s"}]
            run = Run(scenario(base(server), {"name": "r", "kind": "request", "stages": stages, "path": "/"}, duration="3s"))
            self.assertEqual(run.count("requests"), 40)
            times = [request.at - server.requests[0].at for request in server.requests]
            self.assertAlmostEqual(times[9], 0.9, delta=0.2)
            self.assertAlmostEqual(times[-1], 2, delta=0.3)
            run = Run(scenario(base(server), {"name": "r", "kind": "request", "rate": "100/s", "arrivals": "poisson",
                                              "path": "/"}, duration="3s", seed=5))
            self.assertTrue(200 < run.count("requests") < 400, run.count("requests"))

    def test_a_stalled_server_drops_nothing_and_hides_nothing(self):
        def play(script, _request, number):
            if number == 5:
                time.sleep(1)
            script.answer()
            return "keep"
        with rtctl.ScriptServer(play) as server:
            run = Run(scenario(base(server), {"name": "r", "kind": "request", "rate": "20/s", "path": "/"}, duration="2s"))
        self.assertEqual((run.count("requests"), run.count("dropped")), (40, 0))
        self.assertGreaterEqual(run.metric("latency")["max"], 990 * MS)


class Generator(unittest.TestCase):
    def test_arrivals_that_could_not_start_are_its_own_fault(self):
        """One answer at a time is allowed, and each takes longer than the distance of arrivals."""
        def play(script, _request, _number):
            time.sleep(0.3)
            script.answer()
            return "keep"
        with rtctl.ScriptServer(play) as server:
            group = {"name": "r", "kind": "request", "rate": "20/s", "max_in_flight": 1, "path": "/"}
            text = scenario(base(server), group, thresholds=["errors == 0"])
            run = Run(text)
            strict = Run(text, "--strict-generator")
        self.assertEqual(run.count("requests") + run.count("dropped"), 20)
        self.assertGreater(run.count("dropped"), 5)
        self.assertEqual((run.returncode, strict.returncode), (0, 5), strict.stderr)
        self.assertIn("bottleneck", run.stdout.split("errors == 0")[0])  # above the thresholds
        self.assertIn("bottleneck", strict.stderr)
        health = run.report["generator"]
        self.assertTrue(health["bottleneck"] and health["reasons"])
        for name in ("cpu_seconds", "cpu_share", "memory_bytes", "descriptors", "ports", "schedule_lag", "loop_lag"):
            self.assertIn(name, health)

    def test_a_line_every_ten_seconds_off_a_terminal(self):
        with rtctl.ScriptServer(lambda script, _request, _number: script.answer() or "keep") as server:
            result = rtctl.run("bench", "--url", server.url(), "--kind", "poll", "--duration", "11s")
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertRegex(lines[0], r"^1[01]s/11s measuring: 1 users, 1 open, .* errors")


class Report(unittest.TestCase):
    """One run against the reference server: every figure fits the others."""

    def test_figures_fit(self):
        groups = [sse(name="streams", path="/api/events", users=5, sent_at="/timestamp", sequence="id"),
                  {"name": "polls", "kind": "poll", "users": 3, "path": "/api/status", "interval": "300ms"},
                  {"name": "chat", "kind": "chat", "users": 3, "path": "/api/messages", "interval": "300ms",
                   "say": {"every": "500ms", "text": "${iteration}"}},
                  {"name": "feed", "kind": "feed", "users": 2, "path": "/api/activity", "interval": "300ms",
                   "log": {"every": "500ms", "type": "t", "actor": "a"}},
                  {"name": "requests", "kind": "request", "rate": "10/s", "path": "/healthz"},
                  {"name": "flow", "kind": "flow", "users": 2, "steps": [{"get": "/healthz"}, {"think": "100ms"}]}]
        server, url = rtctl.serve("--ephemeral", "--rate-limit", "0", "--tick", "20ms")
        with server:
            run = Run(scenario(url, *groups, duration="3s"))
        self.assertEqual((run.returncode, run.errors()), (0, {}), run.stdout + run.stderr)
        total = run.group()
        self.assertEqual(run.count("users"), 15)
        names = {name for group in run.report["groups"] for name in group["counters"]}
        for name in names - {"users", "connections_open"}:
            self.assertEqual(total["counters"][name], sum(group["counters"].get(name, 0) for group in run.report["groups"]), name)
        for name, metric in total["metrics"].items():
            self.assertEqual(metric["count"], sum(run.metric(name, group["name"])["count"] for group in run.report["groups"]), name)
            self.assertEqual(metric["count"], sum(samples for _, samples in metric["buckets"]) + metric["overflow"], name)
        for group in [*run.report["groups"], total]:
            counters, series = group["counters"], group["series"]
            statuses = sum(counters.get(f"http_{digit}xx", 0) for digit in range(1, 6))
            self.assertEqual(counters["requests"], statuses, group["name"])
            for name in ("requests", "events", "bytes", "sent", "iterations"):
                self.assertEqual(counters.get(name, 0), sum(point["counters"].get(name, 0) for point in series), name)
            for name, metric in group["metrics"].items():
                self.assertEqual(metric["count"], sum(point["metrics"].get(name, {"count": 0})["count"] for point in series), name)
        self.assertEqual(run.metric("delivery", "streams")["count"], run.count("events", "streams"))
        self.assertEqual(run.metric("latency", "requests")["count"], 30)
        self.assertGreater(run.group("streams")["uptime"], 0.95)
        self.assertIsNone(run.group("polls")["uptime"])


if __name__ == "__main__":
    unittest.main()
