"""rtctl bench from outside: verdicts, exit codes, interruption, what it counts."""
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import unittest
import urllib.request

import rtctl_test as rtctl

SCENARIOS = os.path.join(os.environ.get("RTCTL_SOURCE_DIR", "."), "scenarios")

SCENARIO = """
name: test
target: ${TARGET}
duration: %(duration)s
seed: 3
groups:
  - {name: streams, kind: sse, path: /api/events, users: 5, sent_at: /timestamp, sequence: id}
  - {name: polls, kind: poll, path: /api/status, users: 2, interval: 500ms}
thresholds:
  - streams:lost == 0
  - %(threshold)s
"""


def scenario(duration="2s", threshold="errors == 0", **_):
    return SCENARIO % {"duration": duration, "threshold": threshold}


def bench(text, *arguments, **options):
    """Runs a scenario given as text, through stdin."""
    return rtctl.run("bench", "-", "--color", "never", *arguments, stdin=text, **options)


def metric(url, name):
    """The sum of a counter of the server, over all labels."""
    with urllib.request.urlopen(url + "/metrics", timeout=rtctl.LIMIT) as answer:
        text = answer.read().decode()
    found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.M)
    assert found, f"no {name} in {text}"
    return sum(float(value) for value in found)


def is_running(pid):
    """A zombie that nobody waits for is not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class WithServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server, cls.url = rtctl.serve("--ephemeral", "--rate-limit", "0", "--tick", "100ms")

    @classmethod
    def tearDownClass(cls):
        cls.server.send(signal.SIGTERM)
        cls.server.wait()
        cls.server.__exit__()

    def target(self):
        return "--var", f"TARGET={self.url}"

    def test_healthy_server_passes(self):
        result = bench(scenario(), *self.target())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("✓", result.stdout)
        self.assertNotIn("✗", result.stdout)

    def test_missed_threshold_is_99(self):
        result = bench(scenario(threshold="streams:delivery.p99 < 1us"), *self.target())
        self.assertEqual(result.returncode, 99, result.stderr)
        self.assertIn("✗", result.stdout)

    def test_result_files_agree_with_the_text(self):
        with tempfile.TemporaryDirectory() as folder:
            names = [os.path.join(folder, "out" + end) for end in (".json", ".csv", ".html", ".xml", ".prom", ".hgrm", ".jsonl")]
            result = bench(scenario(), *self.target(), *[text for name in names for text in ("--out", name)])
            self.assertEqual(result.returncode, 0, result.stderr)
            for name in names:
                self.assertGreater(os.path.getsize(name), 50, name)
            with open(names[0], encoding="utf-8") as file:
                report = json.load(file)
        self.assertEqual(report["version"], 1)
        self.assertIn(f"seed {report['seed']}", result.stdout)

    def test_events_equal_the_servers_own_count(self):
        """The ticks come every 100 ms; the run ends between two of them unless the machine is very slow,
        in which case one more may be written to connections that are being closed."""
        users = 50
        text = f"""
target: ${{TARGET}}
duration: 3s
groups:
  - {{name: streams, kind: sse, path: /api/events, users: {users}, sequence: id}}
"""
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out.json")
            before = metric(self.url, "rtctl_events_sent_total")
            result = bench(text, *self.target(), "--out", out)
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(out, encoding="utf-8") as file:
                report = json.load(file)
        total = report["total"]["counters"]
        self.assertGreater(report["generator"]["descriptors"], users)
        rtctl.wait_until(lambda: metric(self.url, "rtctl_open_connections") <= 1, "the streams to be counted out")
        sent = metric(self.url, "rtctl_events_sent_total") - before
        self.assertGreater(total["events"], users * 20)
        self.assertLessEqual(abs(sent - total["events"]), users)
        for name in ("lost", "duplicated", "reordered"):
            self.assertEqual(total.get(name, 0), 0, name)

    def test_ctrl_c_drains_and_reports(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(scenario(duration="60s"))
            file.flush()
            with rtctl.Process("bench", file.name, *self.target()) as process:
                rtctl.wait_until(lambda: metric(self.url, "rtctl_open_connections") >= 5, "the streams to open")
                process.send(signal.SIGINT)
                self.assertEqual(process.wait(), 130)
                self.assertIn("streams", "\n".join(process.rest()))

    def test_ctrl_c_in_the_warm_up_reports_that_nothing_was_measured(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(scenario(duration="60s") + "warmup: 60s\n")
            file.flush()
            with rtctl.Process("bench", file.name, *self.target()) as process:
                rtctl.wait_until(lambda: metric(self.url, "rtctl_open_connections") >= 5, "the streams to open")
                process.send(signal.SIGINT)
                self.assertEqual(process.wait(), 130)
                text = "\n".join(process.rest())
                self.assertIn("Ended in the warm-up", text)
                self.assertNotIn("events", text.replace("/api/events", ""))

    def test_second_ctrl_c_leaves_at_once(self):
        """A target that never answers keeps the first one waiting for the grace time."""
        with socket.create_server(("127.0.0.1", 0)) as silent, tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(f"""
target: http://127.0.0.1:{silent.getsockname()[1]}
duration: 60s
groups: [{{name: g, kind: request, users: 1, request: {{path: /}}}}]
""")
            file.flush()
            with rtctl.Process("bench", file.name) as process:
                connection, _ = silent.accept()  # the look before the run
                connection.close()
                connection, _ = silent.accept()
                process.send(signal.SIGINT)
                threading.Timer(0.3, process.send, [signal.SIGINT]).start()
                self.assertEqual(process.wait(), 130)
                self.assertEqual(process.rest(), [])
                connection.close()

    def test_abort_threshold_ends_the_run(self):
        result = bench(scenario(duration="60s", threshold='{check: "streams:events < 5", abort: true}'), *self.target())
        self.assertEqual(result.returncode, 99, result.stderr)
        self.assertIn("nded early", result.stdout)

    def test_quick_mode(self):
        result = rtctl.run("bench", "--url", self.url + "/api/status", "--kind", "poll", "--users", "3", "--duration", "1s")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("poll", result.stdout)

    def test_both_drivers_count_the_same(self):
        for driver in ("direct", "curl"):
            result = bench(scenario(), *self.target(), "--driver", driver)
            self.assertEqual(result.returncode, 0, driver + result.stdout)
            self.assertIn(driver, result.stdout)

    def test_network_stands_in_between(self):
        text = scenario(threshold="polls:service.min > 50ms") + "network: {latency: 30ms}\n"
        result = bench(text, *self.target())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_no_progress_when_quiet(self):
        self.assertEqual(bench(scenario(), *self.target(), "--quiet").stderr, "")

    def test_same_seed_same_arrivals(self):
        """Poisson arrivals: as many with the same seed, on any number of threads."""
        text = """
target: ${TARGET}
duration: 2s
groups: [{name: g, kind: request, rate: 40/s, arrivals: poisson, request: {path: /healthz}}]
"""
        counts = set()
        for threads in ("1", "3"):
            with tempfile.TemporaryDirectory() as folder:
                out = os.path.join(folder, "out.json")
                result = bench(text, *self.target(), "--seed", "9", "--threads", threads, "--out", out)
                self.assertEqual(result.returncode, 0, result.stderr)
                with open(out, encoding="utf-8") as file:
                    counts.add(json.load(file)["total"]["counters"]["requests"])
        self.assertEqual(len(counts), 1, counts)


class WithoutServer(unittest.TestCase):
    def test_no_server_is_1_and_one_line(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        result = bench(scenario(), "--var", f"TARGET=http://127.0.0.1:{port}")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(f"127.0.0.1:{port}", result.stderr)

    def test_nothing_succeeded_is_1(self):
        with rtctl.ScriptServer(lambda script, request, number: script.answer("500 No")) as server:
            result = rtctl.run("bench", "--url", server.url("/x"), "--kind", "request", "--duration", "1s")
        self.assertEqual(result.returncode, 1)
        self.assertIn("nothing succeeded", result.stderr)

    def test_misspelt_key_is_2_with_its_place(self):
        text = scenario().replace("sequence", "sequense")
        result = bench(text, "--var", "TARGET=http://127.0.0.1:1")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"stdin:\d+:\d+: ")
        self.assertIn('did you mean "sequence"', result.stderr)

    def test_usage(self):
        for arguments in ([], ["--url", "http://127.0.0.1:1/", "file.yaml"], ["no-such-file.yaml"],
                          ["--url", "ftp://x"], ["--url", "http://127.0.0.1:1/", "--out", "result.doc"],
                          ["--url", "http://127.0.0.1:1/", "--users", "0"], ["--threads", "0"], ["--nonsense"],
                          ["--url", "http://127.0.0.1:99999/"], ["--url", "http://127.0.0.1:1/", "--wait-for", "http://127.0.0.1:1/"],
                          [os.path.join(SCENARIOS, "smoke.yaml"), "--users", "5"],
                          [os.path.join(SCENARIOS, "smoke.yaml"), "--kind", "poll"]):
            result = rtctl.run("bench", *arguments)
            self.assertEqual(result.returncode, 2, (arguments, result.stderr))
            self.assertTrue(result.stderr)

    def test_dry_run_tells_the_plan_and_runs_nothing(self):
        result = rtctl.run("bench", os.path.join(SCENARIOS, "fan-out.yaml"), "--dry-run", "--var", "TARGET=http://127.0.0.1:1")
        self.assertEqual(result.returncode, 0, result.stderr)
        for part in ("users: 10000", "5/s", "sockets", "ports", "descriptors", "2 source addresses", "allow"):
            self.assertIn(part, result.stdout)

    def test_dry_run_says_what_does_not_fit(self):
        result = rtctl.run("bench", "--url", "http://127.0.0.1:1/", "--users", "90000000", "--dry-run")
        self.assertIn("do not allow", result.stdout)
        self.assertIn("workers", result.stdout)

    def test_a_result_that_cannot_be_written_is_known_before_the_run(self):
        with tempfile.TemporaryDirectory() as folder, rtctl.ScriptServer(lambda script, _request, _number: None) as server:
            os.mkdir(os.path.join(folder, "folder.json"))
            for path in (os.path.join(folder, "no", "out.json"), os.path.join(folder, "folder.json"), "/proc/out.json"):
                result = rtctl.run("bench", "--url", server.url(), "--duration", "60s", "--out", path)
                self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
                self.assertIn(path, result.stderr)
            self.assertEqual(os.listdir(folder), ["folder.json"])
        self.assertEqual(server.requests, [])

    def test_dash_is_the_text(self):
        result = bench(scenario(), "--start", "@reference", "--quiet", "--out", "-")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count("generator  "), 1)

    def test_schema_is_json(self):
        self.assertIn("$defs", json.loads(rtctl.run("bench", "--schema").stdout))

    def test_closed_stdout_is_quiet(self):
        for arguments in (["--schema"], [os.path.join(SCENARIOS, "demo.yaml"), "--dry-run"]):
            reading, writing = os.pipe()
            os.close(reading)
            process = subprocess.run([rtctl.BINARY, "bench", *arguments], stdout=writing, stderr=subprocess.PIPE,
                                     text=True, timeout=rtctl.LIMIT, env=rtctl.clean_environment())
            os.close(writing)
            self.assertEqual((process.returncode, process.stderr), (0, ""))

    def test_start_reference(self):
        result = bench(scenario(), "--start", "@reference")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_start_command_is_waited_for_and_stopped(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        command = f"sleep 0.3; {rtctl.BINARY} serve --ephemeral --listen 127.0.0.1:{port}"
        result = bench(scenario(), "--start", command, "--wait-for", url + "/readyz", "--var", f"TARGET={url}")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=5)

    def test_second_ctrl_c_leaves_no_server_behind(self):
        """The server is a child of the shell, the target one that never answers what is asked."""
        def play(script, request, _number):
            if request.target == "/ready":
                return script.answer()
            return script.wait_closed()
        with tempfile.TemporaryDirectory() as folder, rtctl.ScriptServer(play) as target:
            noted, path = os.path.join(folder, "pid"), os.path.join(folder, "s.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"target: {target.url('')}\nduration: 60s\ngrace: 60s\n"
                           "groups: [{name: g, kind: request, users: 1, path: /, timeouts: {request: 60s}}]\n")
            command = f"sh -c 'echo $$ > {noted}; exec sleep 600'; true"
            with rtctl.Process("bench", path, "--start", command, "--wait-for", target.url("/ready")) as process:
                rtctl.wait_until(lambda: [request for request in target.requests if request.target == "/"], "the request")
                with open(noted, encoding="utf-8") as file:
                    pid = int(file.read())
                process.send(signal.SIGINT)
                threading.Timer(0.3, process.send, [signal.SIGINT]).start()
                self.assertEqual(process.wait(), 130)
            rtctl.wait_until(lambda: not is_running(pid), "the server to be gone")

    def test_start_waits_for_the_target_unless_told_for_what(self):
        port = rtctl.free_port()
        command = f"sleep 0.3; exec {rtctl.BINARY} serve --ephemeral --listen 127.0.0.1:{port}"
        result = bench(scenario(), "--start", command, "--var", f"TARGET=http://127.0.0.1:{port}")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_start_of_a_server_that_fails_says_why(self):
        result = bench(scenario(), "--start", "echo broken pipe dream >&2; exit 3", "--wait-for", "http://127.0.0.1:1/",
                       "--var", "TARGET=http://127.0.0.1:1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("exit code 3", result.stderr)
        self.assertIn("broken pipe dream", result.stderr)

    def test_full_disk_is_reported(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "w", encoding="utf-8") as full:
            process = subprocess.run([rtctl.BINARY, "bench", "-", "--start", "@reference"], input=scenario(), text=True,
                                     stdout=full, stderr=subprocess.PIPE, timeout=rtctl.LIMIT, env=rtctl.clean_environment())
        self.assertEqual(process.returncode, 5, process.stderr)


if __name__ == "__main__":
    unittest.main()
