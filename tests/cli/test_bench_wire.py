"""rtctl bench counts what the server counts, and what went over the wire."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request

import rtctl_test as rtctl
import wire
from bench import Run, scenario


def metric(url, name):
    """One sample of the server's metrics, by its name and labels; 0 when it is not there."""
    with urllib.request.urlopen(url + "/metrics", timeout=rtctl.LIMIT) as answer:
        found = re.search(rf"^{re.escape(name)} (\S+)$", answer.read().decode(), re.M)
    return float(found[1]) if found else 0


def load(users, rate, seconds):
    """Streams that are there before the first event and after the last, and the publishing of a known number."""
    stages = [{"for": "2s", "rate": "0/s"}, {"for": f"{seconds}s", "rate": f"{rate}/s"}, {"for": "2s", "rate": "0/s"}]
    publish = {"method": "POST", "path": "/api/events", "json": {"data": {"n": "${iteration}", "timestamp": "${now}"}}}
    return [{"name": "streams", "kind": "sse", "users": users, "path": "/api/events", "sent_at": "/timestamp", "sequence": "id"},
            {"name": "publishers", "kind": "request", "request": publish, "stages": stages}]


class Capture:
    """tcpdump on the loopback device, one port, until the block ends; `works` says whether it may."""

    def __init__(self, port, path):
        program = shutil.which("tcpdump", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
        self.works, self.process = False, None
        if program is None:
            return
        self.process = subprocess.Popen([program, "-i", "lo", "-s", "4096", "-B", "32768", "-U", "-w", path, "--immediate-mode",
                                         "tcp", "port", str(port)], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "listening on" in line:
                self.works = True
                break

    def end(self):
        self.process.send_signal(signal.SIGINT)
        with self.process.stderr:
            said = self.process.stderr.read()
        self.process.wait(rtctl.LIMIT)
        assert re.search(r"^0 packets dropped by kernel", said, re.M), said


class Counts(unittest.TestCase):
    def setUp(self):
        self.server, self.url = rtctl.serve("--ephemeral", "--rate-limit", "0", "--tick", "1h")
        self.addCleanup(self.server.__exit__)
        self.ticks = metric(self.url, "rtctl_events_published_total")  # one, as the server starts

    def check_against_server(self, run, users, published):
        self.assertEqual((run.returncode, run.errors()), (0, {}), run.stdout + run.stderr)
        self.assertEqual(run.count("http_2xx", "publishers"), published)
        self.assertEqual(metric(self.url, "rtctl_events_published_total") - self.ticks, published)
        self.assertEqual(metric(self.url, 'rtctl_http_requests_total{path="/api/events",status="202"}'), published)
        self.assertEqual(run.count("events"), users * published)
        self.assertEqual(metric(self.url, "rtctl_events_sent_total"), users * published)
        self.assertEqual([run.count(name) for name in ("lost", "duplicated", "reordered")], [0, 0, 0])
        self.assertEqual(run.metric("delivery")["count"], users * published)

    def test_events_and_requests_equal_the_servers(self):
        run = Run(scenario(self.url, *load(users=50, rate=40, seconds=2), duration="6s"))
        self.check_against_server(run, users=50, published=80)

    def test_a_thousand_events_of_one_user_equal_those_on_the_wire(self):
        port = int(self.url.rsplit(":", 1)[1])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "capture.pcap")
            capture = Capture(port, path)
            if not capture.works:
                self.skipTest("tcpdump is not there or may not listen")
            run = Run(scenario(self.url, *load(users=1, rate=250, seconds=4), duration="8s"))
            capture.end()
            seen = [list(wire.events(response)) for response in wire.streams(path, port).values()
                    if b"text/event-stream" in response]
        self.check_against_server(run, users=1, published=1000)
        self.assertEqual(len(seen), 1)
        numbered = [(int(number), data) for number, data in seen[0] if number is not None]
        self.assertEqual(len(numbered), run.count("events"))
        first = numbered[0][0]
        self.assertEqual([number for number, _ in numbered], list(range(first, first + 1000)))
        self.assertEqual(sum(len(data) for _, data in seen[0]), run.metric("payload", "streams")["sum"])


if __name__ == "__main__":
    unittest.main()
