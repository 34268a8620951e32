"""Running rtctl bench on a scenario given as text, and reading the report it wrote."""
import json
import os
import tempfile

import rtctl_test as rtctl


class Run:
    """A finished bench: .returncode, .stdout, .stderr, and .report as its JSON says."""

    def __init__(self, text, *arguments, **options):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out.json")
            result = rtctl.run("bench", "-", "--color", "never", "--quiet", "--out", out, *arguments, stdin=text, **options)
            self.returncode, self.stdout, self.stderr = result.returncode, result.stdout, result.stderr
            self.report = None
            if os.path.exists(out):
                with open(out, encoding="utf-8") as file:
                    self.report = json.load(file)

    def group(self, name=None):
        """One group, or all together."""
        assert self.report, self.stderr
        if name is None:
            return self.report["total"]
        return next(group for group in self.report["groups"] if group["name"] == name)

    def count(self, name, group=None):
        return self.group(group)["counters"].get(name, 0)

    def metric(self, name, group=None):
        """The distribution; times in nanoseconds."""
        return self.group(group)["metrics"].get(name, {"count": 0})

    def errors(self, group=None):
        """Count by kind."""
        return {error["kind"]: error["count"] for error in self.group(group)["errors"]}

    def example(self, kind):
        return next(error["example"] for error in self.report["total"]["errors"] if error["kind"] == kind)


def scenario(target, *groups, duration="1s", **keys):
    """The text of a scenario; groups are mappings as YAML would have them inside braces."""
    return json.dumps({"target": target, "duration": duration, "grace": "1s", **keys, "groups": list(groups)})
