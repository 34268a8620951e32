"""Rows T and X2: whether what rtctl reports is so, and how soon it starts."""
import datetime
import http.client
import json
import math
import os
import re
import signal
import subprocess
import threading
import time

from . import peers, servers
from .capture import deliveries, tcpdump
from .processes import CLIENT_CORE, Unavailable, on_core, run_child
from .rounds import compare, inverse
from .setting import count_of
from .table import at_least, at_most, beside, within


def t1(setting):
    """quantiles of recorded samples against an exact sort; merged parts against the whole"""
    found = setting.measured("histogram_accuracy", "--samples", setting.scaled(1_000_000))
    worst = found["worst_error"]
    yield at_most("T1 quantiles against an exact sort, worst error beyond 1 us", worst * 100, "%", worst * 100, 0.1)
    exact = 1.0 if found["merge_is_exact"] else 0.0
    yield at_least("T1 merged parts equal the whole", exact, "of 1", exact, 1)


# ---- T2 ----------------------------------------------------------------------------------------
def post_events(port, count, pause):
    """Publishes with the send time in the data."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    due = time.monotonic()
    for number in range(count):
        time.sleep(max(0, due - time.monotonic()))
        due += pause
        sent = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
        connection.request("POST", "/api/events", json.dumps({"data": {"n": number, "timestamp": sent}}),
                           {"Content-Type": "application/json"})
        connection.getresponse().read()


def exact_quantile(ordered, q):
    """Smallest value that at least that share does not exceed, as rtctl defines it."""
    return ordered[max(0, math.ceil(q * len(ordered) - 1e-9) - 1)]


def t2(setting):
    """delivery latency by rtctl against the time stamps of tcpdump, of the same events"""
    streams, events, pause = setting.scaled(4000), 40, 0.25
    file = setting.folder / "deliveries.pcap"
    opening = 4 + streams / 2000
    with servers.rtctl_serve(setting, "--tick", "0") as server:
        publisher = threading.Timer(opening, post_events, (server.port, events, pause))
        publisher.daemon = True
        with tcpdump(server.port, file):
            publisher.start()
            report, _ = setting.bench({
                "name": "deliveries", "target": server.url, "duration": f"{opening + events * pause + 3}s",
                "groups": [{"name": "users", "kind": "sse", "path": "/api/events", "users": streams,
                            "ramp_up": f"{streams / 2000}s", "sent_at": "/timestamp", "sequence": "id"}]})
            publisher.join()
    seen = sorted(deliveries(file))
    file.unlink()
    if not seen:
        raise Unavailable("tcpdump saw no event")
    reported = report["total"]["metrics"]["delivery"]
    for name, q in (("p50", 0.5), ("p99", 0.99)):
        value = reported[name] / 1e9
        yield within(f"T2 delivery {name}: rtctl ÷ tcpdump", value * 1e3, "ms", value / exact_quantile(seen, q), 0.05)
    counted = count_of(report, "events")
    yield within("T2 events counted: rtctl ÷ tcpdump", counted, "events", counted / len(seen), 0)
    yield within("T2 events counted: rtctl ÷ published to each", counted, "events", counted / (events * streams), 0)


# ---- T3 ----------------------------------------------------------------------------------------
class Stalls(threading.Thread):
    """Stops a process for one second in every ten; keeps how long each stop really was."""

    def __init__(self, pid, run_seconds):
        super().__init__(daemon=True)
        self.pid, self.run_seconds, self.lengths = pid, run_seconds, []

    def run(self):
        began = time.monotonic()
        for second in range(5, self.run_seconds, 10):
            time.sleep(max(0, began + second - time.monotonic()))
            os.kill(self.pid, signal.SIGSTOP)
            stopped = time.monotonic()
            time.sleep(1)
            os.kill(self.pid, signal.SIGCONT)
            self.lengths.append(time.monotonic() - stopped)


def stalled_quantile(stalls, run_seconds, q):
    """Latency from the planned start, in seconds, of arrivals at an even rate: one planned x into a stall of
    length L waits L - x, all others next to nothing. Found by bisection on the share that exceeds it."""
    low, high = 0.0, max(stalls)
    for _ in range(60):
        middle = (low + high) / 2
        exceeding = sum(max(0.0, length - middle) for length in stalls) / run_seconds
        low, high = (middle, high) if exceeding > 1 - q else (low, middle)
    return high


def t3(setting):
    """a server stalled 1 s in every 10 at a fixed rate: reported against computed latency, and wrk beside it"""
    seconds, rate = 30, 500
    with servers.nginx_answer(setting) as server:
        stalls = Stalls(server.pid, seconds)
        stalls.start()
        report, _ = setting.bench({
            "name": "stalls", "target": server.url, "duration": f"{seconds}s",
            "groups": [{"name": "arrivals", "kind": "request", "request": {"method": "GET", "path": "/"},
                        "rate": f"{rate}/s"}]})
        stalls.join()
        for name, q in (("p95", 0.95), ("p99", 0.99), ("p99.9", 0.999)):
            computed = stalled_quantile(stalls.lengths, seconds, q)
            value = report["total"]["metrics"]["latency"][name] / 1e9
            yield within(f"T3 server stalled 1 s in 10, {rate} arrivals/s, {name}: reported ÷ computed", value * 1e3, "ms",
                         value / computed, 0.02)
        for name in peers.installed(CLOSED_LOOPS):
            p99 = closed_loop_p99(server, seconds, name)
            yield beside(f"T3 beside it: {CLOSED_LOOPS[name][0]}, p99: reported ÷ computed", p99 * 1e3, "ms",
                         p99 / stalled_quantile(stalls.lengths, seconds, 0.99))


# A closed loop sends nothing while it waits, so each connection meets a stall once. wrk 4 adds what it believes
# was left out, from the mean time between its requests; hey says what it saw.
CLOSED_LOOPS = {
    "wrk": ("wrk -c64, a closed loop corrected afterwards",
            lambda url, seconds: ["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", "--timeout", "10s", url],
            r"99%\s+([\d.]+)(us|ms|s)"),
    "hey": ("hey -c 64, a closed loop",
            lambda url, seconds: ["hey", "-cpus", 1, "-c", 64, "-z", f"{seconds}s", url],
            r"99% in ([\d.]+) (secs)"),
}
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1, "secs": 1}


def closed_loop_p99(server, seconds, name):
    _, command, pattern = CLOSED_LOOPS[name]
    stalls = Stalls(server.pid, seconds)
    stalls.start()
    done, _ = run_child(command(f"{server.url}/", seconds))
    stalls.join()
    value, unit = re.search(pattern, done.stdout).groups()
    return float(value) * UNITS[unit]


# ---- X2 ----------------------------------------------------------------------------------------
def x2(setting):
    """start of `rtctl tail` to its first event, against `curl -N` to the same bytes"""
    def milliseconds(command):
        began = time.perf_counter()
        with subprocess.Popen(on_core(CLIENT_CORE, command), stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            process.stdout.readline()
            taken = time.perf_counter() - began
            process.kill()
        return taken * 1e3

    with servers.rtctl_serve(setting) as server:
        url = f"{server.url}/api/events"
        result = inverse(compare(lambda: milliseconds([setting.rtctl, "tail", "-n", 1, url]),
                                 lambda: milliseconds(["curl", "-sN", url]), 4 * setting.rounds))
    yield at_most("X2 start to first event: tail ÷ curl -N", result.ours, "ms", result.ratio, 1.5, 1.1, result.spread)


ROWS = [t1, t2, t3, x2]
