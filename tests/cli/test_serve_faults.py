"""Faults on purpose: the clients survive them, and what the bench counts is what the server did."""
import json
import os
import tempfile
import unittest

from raw_http import ask, metric
from rtctl_test import LIMIT, run, serve

SCENARIO = """
name: faults
target: ${TARGET}
duration: 10s
defaults: { backoff: { initial: 20ms, max: 200ms } }
groups:
  - {name: streams, kind: sse, path: /api/events, users: 60, sent_at: /timestamp, sequence: id, drop_every: 300ms..900ms}
thresholds:
  - streams:lost == 0
  - streams:duplicated == 0
  - streams:reordered == 0
"""


def answered(url, status):
    name = f'rtctl_http_requests_total{{path="/api/events",status="{status}"}}'
    return metric(url, name) if name in ask(url, "GET", "/metrics").body.decode() else 0


class Faults(unittest.TestCase):
    def test_the_bench_survives_and_counts_right(self):
        server, url = serve("--ephemeral", "--tick", "50ms", "--retry", "20ms", "--fault", "error=5%,drop=1%@/api/events")
        with server, tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out.json")
            result = run("bench", "-", "--var", f"TARGET={url}", "--out", out, "--quiet", stdin=SCENARIO, timeout=2 * LIMIT)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            with open(out, encoding="utf-8") as file:
                total = json.load(file)["total"]
            counters = total["counters"]
            errors = {error["kind"]: error["count"] for error in total["errors"]}
            self.assertGreater(counters["connections_opened"], 300)
            self.assertEqual(set(errors), {"http_5xx"})
            self.assertEqual(errors["http_5xx"], answered(url, 503))
            self.assertEqual(counters["http_5xx"], answered(url, 503))
            self.assertEqual(counters["connections_opened"], answered(url, 200))
            self.assertEqual(counters["connections_failed"], answered(url, 503))
            print(f"faults: {counters['connections_opened']} streams opened, {errors['http_5xx']} answers 503, "
                  f"{counters['reconnects']} reconnections, {counters['events']} events, 0 lost, 0 twice: as the server "
                  "counted", flush=True)

    def test_tail_survives(self):
        """Most connections fail or are cut within 5 s."""
        server, url = serve("--ephemeral", "--tick", "10ms", "--retry", "20ms", "--fault", "error=30%,drop=70%@/api/events")
        with server:
            result = run("tail", url + "/api/events", "-n", "1500", "--last-event-id", "0", "--backoff-initial", "20ms",
                         "--backoff-max", "100ms", "--format", "jsonl", "--stats", timeout=2 * LIMIT)
            self.assertEqual(result.returncode, 0, result.stderr)
            events = [json.loads(line) for line in result.stdout.splitlines()]
            ids = [int(event["id"]) for event in events if event["data"] != "Connected"]
            self.assertEqual(ids, list(range(ids[0], ids[0] + len(ids))))
            self.assertGreater(answered(url, 200), 1)


if __name__ == "__main__":
    unittest.main()
