"""rtctl report from outside: formats, merging, comparing, exit codes, files."""
import csv
import io
import json
import os
import tempfile
import unittest
import xml.etree.ElementTree

from rtctl_test import run


def distribution(count=0, first=5000, bucket=5):
    """`count` samples of about 5 us."""
    buckets = [[bucket, count]] if count else []
    value = first if count else 0
    return {"unit": "ns", "count": count, "min": value, "mean": value, "stddev": 0, "max": value, "sum": value * count,
            "overflow": 0, "scale": 1000, "buckets": buckets}


def group(name, kind, events, latency=5000):
    return {"name": name, "kind": kind, "counters": {"events": events, "attempts": events, "users": 1},
            "metrics": {"latency": distribution(events, latency, latency // 1000)},
            "errors": [{"kind": "reset", "count": 1, "example": "<reset> & \u0007gone"}],
            "series": [{"second": 0, "users": 1, "open": 1, "errors": 1, "counters": {"events": events}, "metrics": {}}]}


def report(name="run", events=100, latency=5000):
    return {"version": 1, "rtctl": "0.1.0", "name": name, "target": "http://h", "started_at": "2026-01-31T12:00:00.000000Z",
            "duration": 10_000_000_000, "warmup": 0, "seed": 1, "driver": "direct", "clock_basis": "", "workers": 1,
            "interrupted": False, "notes": [], "passed": True,
            "thresholds": [{"check": "latency.p99 < 1ms", "passed": True, "measured": latency, "measured_text": "5us",
                            "group": "", "metric": "latency", "aggregate": "p99", "comparison": "<", "limit": 1000000,
                            "abort": False, "after": 0, "aborted": False},
                           {"check": "events > 150", "passed": False, "measured": events, "measured_text": "100",
                            "group": "", "metric": "events", "aggregate": "", "comparison": ">", "limit": 150,
                            "abort": False, "after": 0, "aborted": False}],
            "groups": [group("a", "poll", events, latency)], "total": group("total", "", events, latency),
            "generator": {"schedule_lag": distribution(), "loop_lag": distribution(), "reasons": []}}


class Report(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def saved(self, name, **options):
        with open(self.path(name), "w") as file:
            json.dump(report(**options), file)
        return self.path(name)

    def text(self, *arguments, code=0):
        done = run("report", *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def test_text_comes_first_and_says_the_verdict(self):
        text = self.text(self.saved("a.json"))
        self.assertTrue(text.startswith("✗ failed 1 of 2 thresholds  run\n"), text)
        self.assertIn("✓ latency.p99 < 1ms", text)
        self.assertNotIn("\u0007", text)
        self.assertNotIn("\x1b", text)
        self.assertIn("\x1b[", self.text(self.saved("a.json"), "--color", "always"))

    def test_every_format_is_well_formed(self):
        saved = self.saved("a.json")
        tree = xml.etree.ElementTree.fromstring(self.text(saved, "--format", "junit"))
        self.assertEqual((tree.get("tests"), tree.get("failures")), ("2", "1"))
        self.assertEqual(len(tree.findall(".//failure")), 1)
        rows = list(csv.DictReader(io.StringIO(self.text(saved, "--format", "csv"))))
        events = [row["value"] for row in rows if row["group"] == "a" and row["name"] == "events"]
        self.assertEqual(events, ["100"])
        for line in self.text(saved, "--format", "jsonl").splitlines():
            self.assertIn("type", json.loads(line))
        self.assertEqual(json.loads(self.text(saved, "--format", "json"))["version"], 1)
        for line in self.text(saved, "--format", "prom").splitlines():
            self.assertRegex(line, r"^(# TYPE [a-z0-9_]+ (gauge|counter|summary)|[a-z0-9_]+\{.*\} [0-9.e+-]+)$")
        page = self.text(saved, "--format", "html")
        self.assertIn("&lt;reset&gt; &amp;", page)
        self.assertNotIn("<reset>", page)
        self.assertIn("# a latency ms", self.text(saved, "--format", "hgrm"))

    def test_the_end_of_a_file_says_its_format(self):
        saved = self.saved("a.json")
        outputs = [self.path(f"out.{end}") for end in ("html", "xml", "csv", "prom", "hgrm", "jsonl", "txt", "json")]
        self.text(saved, *[word for path in outputs for word in ("--out", path)])
        for path in outputs:
            self.assertGreater(os.path.getsize(path), 100, path)
        self.assertEqual(len(os.listdir(self.folder.name)), 9)  # nothing temporary stays
        done = run("report", saved, "--out", self.path("out.doc"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("does not say its format", done.stderr)

    def test_merging_adds_up_and_judges_again(self):
        first, second = self.saved("a.json"), self.saved("b.json", latency=9000)
        merged = json.loads(self.text(first, second, "--merge", "--format", "json"))
        latency = merged["groups"][0]["metrics"]["latency"]
        self.assertEqual((latency["count"], latency["buckets"]), (200, [[5, 100], [9, 100]]))
        self.assertEqual(merged["groups"][0]["counters"]["events"], 200)
        self.assertEqual([result["passed"] for result in merged["thresholds"]], [True, True])
        self.assertEqual(merged["workers"], 2)

    def test_comparing_fails_over_a_limit(self):
        before, after = self.saved("a.json"), self.saved("b.json", latency=9000)
        self.assertIn("latency.p99", self.text(before, after, "--compare"))
        self.assertIn("+80.", self.text(before, after, "--compare", "--fail-over", "10%", code=99))
        self.text(before, after, "--compare", "--fail-over", "100%")
        self.text(after, before, "--compare", "--fail-over", "10%")
        changes = json.loads(self.text(before, after, "--compare", "--fail-over", "10%", "--format", "json", code=99))
        self.assertFalse(changes["passed"])

    def test_what_cannot_be_done_is_said(self):
        saved = self.saved("a.json")
        for arguments, words in (([], "which file?"),
                                 ([saved, saved], "several files need --merge"),
                                 ([saved, "--compare"], "--compare takes two files, not 1"),
                                 ([saved, saved, "--compare", "--merge"], "exclude each other"),
                                 ([saved, "--fail-over", "5%"], "goes with --compare"),
                                 ([saved, saved, "--compare", "--fail-over", "much"], "is not a share"),
                                 ([self.path("absent.json")], "No such file"),
                                 ([saved, "--format", "pdf"], "--format")):
            done = run("report", *arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn(words, done.stderr)
        with open(self.path("bad.json"), "w") as file:
            file.write("{}")
        self.assertIn("not a report of rtctl", run("report", self.path("bad.json")).stderr)

    def test_a_full_disk_is_no_success(self):
        done = run("report", self.saved("a.json"), "--format", "json", "--out", "/dev/full/x")
        self.assertEqual(done.returncode, 5)
        self.assertIn("/dev/full/x", done.stderr)

    def test_stdin_and_schema(self):
        done = run("report", "-", stdin=json.dumps(report()))
        self.assertEqual(done.returncode, 0, done.stderr)
        schema = json.loads(self.text("--schema"))
        self.assertEqual(schema["properties"]["version"], {"const": 1})


if __name__ == "__main__":
    unittest.main()
