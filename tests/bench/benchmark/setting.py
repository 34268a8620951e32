"""What every row needs: where the programs are, how long to measure, a folder for its files."""
import json
import pathlib
import shutil
import tempfile

from .processes import Unavailable, run_child


class Setting:
    def __init__(self, options):
        self.build = pathlib.Path(options.build)
        self.rounds, self.seconds, self.scale = options.rounds, options.seconds, options.scale
        self.rtctl = self.build / "rtctl"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rtctl-bench-"))

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def scaled(self, count):
        """So many connections, fewer in a quick check."""
        return max(16, int(count * self.scale))

    def program(self, name):
        path = self.build / "tests" / "bench" / f"bench_{name}"
        if not path.exists():
            raise Unavailable(f"{path.name} is not built (-DRTCTL_BENCH=ON)")
        return path

    def measured(self, name, *arguments):
        """Runs a program of this folder that prints one line of JSON."""
        done, _ = run_child([self.program(name), *arguments])
        if done.returncode != 0:
            raise Unavailable(f"{name} ended with {done.returncode}: {done.stderr.strip()[-200:]}")
        return json.loads(done.stdout)

    def scenario_file(self, scenario, name="scenario"):
        file = self.folder / f"{name}.yaml"
        file.write_text(json.dumps(scenario))  # JSON is YAML
        return file

    def bench(self, scenario, *flags, timeout=180):
        """`rtctl bench` with one thread: its JSON report and the CPU time of the whole run."""
        file, report = self.scenario_file(scenario), self.folder / "report.json"
        report.unlink(missing_ok=True)
        done, cpu = run_child([self.rtctl, "bench", file, "--threads", 1, "--quiet", "--out", report, *flags],
                              timeout=timeout)
        if not report.exists():
            raise Unavailable(f"rtctl bench ended with {done.returncode}: {done.stderr.strip()[-200:]}")
        return json.loads(report.read_text()), cpu


def count_of(report, counter):
    count = report["total"]["counters"].get(counter, 0)
    if not count:
        raise Unavailable(f"the report counts no {counter}")
    return count
