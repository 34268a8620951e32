"""Rows X1: how many streams one machine holds at both ends, every stream receiving one event a second.

A process has at most 20,000 descriptors here, so each step runs several servers and as many `rtctl bench`, one for
each server, and merges their reports. Memory is watched all the time: below the reserve the step is given up.
"""
import contextlib
import json
import subprocess
import threading
import time

from . import servers
from .processes import Unavailable, background, memory_info, open_descriptors, user_bytes
from .table import at_least, beside

STREAMS_PER_PROCESS = 19_000
OPENED_PER_SECOND = 4000  # what two cores open beside the events of those that are there already
RESERVE_BYTES = 3 << 30
EXPECTED_TO_BE_ZERO = ("lost", "duplicated", "reordered", "connections_failed", "reconnects")


class Watch(threading.Thread):
    """Looks at the processes once a second; ends them all when memory runs short."""

    def __init__(self, server_ids, clients):
        super().__init__(daemon=True)
        self.server_ids, self.clients = server_ids, clients
        self.kernel_before = self.kernel_bytes = memory_info("SUnreclaim")
        self.open, self.server_bytes, self.client_bytes = 0, 0, 0
        self.is_over, self.ran_short = threading.Event(), False

    def run(self):
        while not self.is_over.wait(1):
            self.kernel_bytes = max(self.kernel_bytes, memory_info("SUnreclaim"))
            if memory_info("MemAvailable") < RESERVE_BYTES:
                self.ran_short = True
                for client in self.clients:
                    client.kill()
                return
            with contextlib.suppress(OSError, TypeError):  # a process that has just ended
                self.open = max(self.open, sum(open_descriptors(client.pid) for client in self.clients))
                self.client_bytes = max(self.client_bytes, sum(user_bytes(client.pid) for client in self.clients))
                self.server_bytes = max(self.server_bytes, sum(map(user_bytes, self.server_ids)))


class Step:
    """`streams` open for `seconds` after they were opened and have settled."""

    def __init__(self, setting, streams, seconds):
        self.setting, self.streams, self.seconds = setting, streams, seconds
        self.processes = -(-streams // STREAMS_PER_PROCESS)
        self.ramp = max(3, streams // OPENED_PER_SECOND)
        self.warmup = self.ramp + max(5, self.ramp // 2)

    def run(self):
        with contextlib.ExitStack() as stack:
            running = [stack.enter_context(servers.rtctl_serve(self.setting, "--tick", "1s", core=None))
                       for _ in range(self.processes)]
            clients = []
            watch = Watch([server.pid for server in running], clients)
            clients += [stack.enter_context(self.client(index, server)) for index, server in enumerate(running)]
            watch.start()
            stack.callback(watch.is_over.set)
            end = time.monotonic() + self.warmup + self.seconds + 120
            for client in clients:
                try:
                    client.wait(max(1, end - time.monotonic()))
                except subprocess.TimeoutExpired as late:
                    raise Unavailable(f"{self.streams} streams: not over after {self.warmup + self.seconds + 120} s") from late
        self.watch = watch
        if watch.ran_short:
            raise Unavailable(f"{self.streams} streams: less than {RESERVE_BYTES >> 30} GiB of memory left")
        self.report = self.merged()
        return self

    def client(self, index, server):
        users = self.streams // self.processes + (index < self.streams % self.processes)
        file = self.setting.scenario_file({
            "name": "scale", "target": server.url, "duration": f"{self.seconds}s", "warmup": f"{self.warmup}s",
            # What the machine is too busy for is late, which the figures show, and no reason to hang up.
            "defaults": {"timeouts": {"connect": "60s", "idle": "5m"}},
            "groups": [{"name": "subscribers", "kind": "sse", "path": "/api/events", "users": users,
                        "ramp_up": f"{self.ramp}s", "sent_at": "/timestamp", "sequence": "id"}]}, f"scale-{index}")
        # Source addresses of its own, some 6,000 streams each: ports are looked for faster.
        sources = [flag for source in range(4) for flag in ("--source", f"127.2.{index}.{source + 1}")]
        self.out(index).unlink(missing_ok=True)
        return background([self.setting.rtctl, "bench", file, "--threads", 1, "--quiet", *sources, "--out", self.out(index)],
                          None, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def out(self, index):
        return self.setting.folder / f"scale-{index}.json"

    def merged(self):
        files = [self.out(index) for index in range(self.processes)]
        missing = sum(not file.exists() for file in files)
        if missing:
            raise Unavailable(f"{self.streams} streams: {missing} of {self.processes} generators left no report")
        merged = self.setting.folder / "scale.json"
        command = [self.setting.rtctl, "report", *files, "--merge", "--out", merged]
        if len(files) == 1:
            command.remove("--merge")
        subprocess.run(list(map(str, command)), check=True, capture_output=True)
        return json.loads(merged.read_text())

    # ---- what came out -------------------------------------------------------------------------
    def count(self, name):
        return self.report["total"]["counters"].get(name, 0)

    def delivered_share(self):
        """Events that arrived ÷ one a second for each stream."""
        return self.count("events") / (self.streams * self.seconds)

    def problems(self):
        found = [f"{name} {self.count(name)}" for name in EXPECTED_TO_BE_ZERO if self.count(name)]
        found += [f"{error['count']} × {error['example']}" for error in self.report["total"]["errors"]]
        if self.watch.open < self.streams:
            found.append(f"{self.watch.open} descriptors open")
        # Where deliveries lag, some of the warm-up's come late into the measured time, and some of its own after it.
        if self.delivered_share() < 0.9:
            found.append(f"{self.delivered_share():.1%} of the events arrived")
        return found

    def rows(self):
        name = f"X1 {self.streams:,} streams in {self.processes}+{self.processes} processes, {self.seconds} s"
        problems = self.problems()
        held = 0 if problems else self.streams
        delivery = self.report["total"]["metrics"]["delivery"]
        yield at_least(name + (f" ({', '.join(problems)})" if problems else ", nothing lost"), held, "streams",
                       held / self.streams, 1)
        yield beside(f"X1 {self.streams:,}: events delivered ÷ sent", self.count("events"), "events", self.delivered_share())
        for share in ("p50", "p99", "max"):
            yield beside(f"X1 {self.streams:,}: delivery {share}", delivery[share] / 1e6, "ms", delivery[share] / 1e6)
        # All that the processes hold, their programs' own 3 to 10 MB included; S4 and C5 are what one more stream takes.
        for side, used in (("server", self.watch.server_bytes), ("generator", self.watch.client_bytes)):
            yield beside(f"X1 {self.streams:,}: user memory of the {side}s per stream", used / self.streams, "bytes",
                         used / self.streams)
        kernel = self.watch.kernel_bytes - self.watch.kernel_before
        yield beside(f"X1 {self.streams:,}: kernel memory per pair of sockets", kernel / self.streams, "bytes",
                     kernel / self.streams)


def x1(setting):
    """19,000 streams in one process, then 150,000 over several, one event a second to each for 60 s (3 min)"""
    yield from Step(setting, setting.scaled(19_000), 60).run().rows()
    yield from Step(setting, setting.scaled(150_000), 60).run().rows()


def x1max(setting):
    """on from there by steps up to 500,000, 30 s each, until something gives (10 min)"""
    for streams in (200_000, 300_000, 400_000, 500_000):
        step = Step(setting, setting.scaled(streams), 30).run()
        yield from step.rows()
        if step.problems():
            return


ROWS = [x1, x1max]
