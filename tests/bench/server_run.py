#!/usr/bin/env python3
"""The server's rows of the table: CPU time of `rtctl serve` beside a bare epoll loop, in the same run.

Usage: server_run.py BUILD_DIR [--seconds S] [--rounds N]
Prints lines `name value unit ratio target ok|short`.
"""
import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")
SERVER_CORE, CLIENT_CORE = ("0", "1") if os.cpu_count() > 1 else ("0", "0")


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(pid):
    return int(re.search(r"RssAnon:\s+(\d+)", open(f"/proc/{pid}/status", encoding="ascii").read())[1]) * 1024


class Server:
    def __init__(self, command, port_from):
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = (self.process.stdout if port_from == "stdout" else self.process.stderr).readline()
        self.port = int(re.search(r"(\d+)\s*$", line)[1])
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


def bare(build, tick_ms, body_bytes):
    return Server([f"{build}/tests/bench/bench_server_bare", str(tick_ms), str(body_bytes)], "stdout")


def rtctl(build, tick_ms, *flags):
    return Server([f"{build}/rtctl", "serve", "--listen", "127.0.0.1:0", "--ephemeral", "--threads", "1", "--rate-limit",
                   "0", "--tick", f"{tick_ms}ms", *flags], "stderr")


def deliveries(build, server, streams, seconds):
    """CPU per delivery in us, deliveries/s, fewest and most events of one stream, anonymous bytes per stream."""
    before_memory = resident_bytes(server.pid)
    client = subprocess.Popen(["taskset", "-c", CLIENT_CORE, f"{build}/tests/bench/bench_server_listen", str(server.port),
                               str(streams), str(seconds)], stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline() == "open\n"
    memory = (resident_bytes(server.pid) - before_memory) / streams
    began, before = time.monotonic(), cpu_seconds(server.pid)
    events, _, least, most = map(int, client.stdout.readline().split())
    used, took = cpu_seconds(server.pid) - before, time.monotonic() - began
    assert client.wait() == 0 and events > 0
    return used / events * 1e6, events / took, least, most, memory


def report(name, value, unit, ratio, target, ok):
    print(f"{name} {value:.3g} {unit} {ratio:.3g} {target} {'ok' if ok else 'short'}", flush=True)


def broadcast(build, streams, tick_ms, seconds, rounds):
    """Medians over alternating rounds: (bare us, rtctl us, rtctl deliveries/s, rtctl bytes per stream)."""
    rows = []
    for _ in range(rounds):
        with bare(build, tick_ms, 100) as server:
            cost_bare = deliveries(build, server, streams, seconds)[0]
        with rtctl(build, tick_ms) as server:
            cost, rate, least, most, memory = deliveries(build, server, streams, seconds)
            if most - least > seconds * 1000 / tick_ms * 0.2 + 2:
                print(f"# uneven: {least}..{most} events per stream", file=sys.stderr)
        rows.append((cost_bare, cost, rate, memory))
    return [statistics.median(column) for column in zip(*rows)]


def get_status(build, seconds, rounds):
    """CPU per request of GET /api/status, and of the bare loop answering as many bytes."""
    rows = []
    for _ in range(rounds):
        with rtctl(build, 1000) as server:
            body = urllib.request.urlopen(f"http://127.0.0.1:{server.port}/api/status").read()
            ours = wrk(server, "/api/status", seconds)
        with bare(build, 1000, len(body)) as server:
            rows.append((wrk(server, "/x", seconds), ours))
    return [statistics.median(column) for column in zip(*rows)]


def wrk(server, path, seconds):
    before = cpu_seconds(server.pid)
    out = subprocess.run(["taskset", "-c", CLIENT_CORE, "wrk", "-t1", "-c64", f"-d{seconds}",
                          f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True, check=True).stdout
    return (cpu_seconds(server.pid) - before) / int(re.search(r"(\d+) requests in", out)[1]) * 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    build, seconds, rounds = given.build, given.seconds, given.rounds

    cost_bare, cost, _, memory = broadcast(build, 10000, 1000, seconds, rounds)
    report("S1_broadcast_cpu", cost, "us/delivery", cost_bare / cost, 0.9, cost_bare / cost >= 0.9)
    report("S4_memory_per_stream", memory, "bytes", memory / 1024, 1024, memory <= 1024)
    _, _, rate, _ = broadcast(build, 10000, 10, seconds, 1)
    report("S2_deliveries", rate, "per_second", rate / 500000, 500000, rate >= 500000)
    small_bare, small, _, _ = broadcast(build, 1000, 100, seconds, rounds)
    large_bare, large, _, _ = broadcast(build, 19000, 2000, seconds * 2, rounds)
    growth = (large / small) / (large_bare / small_bare)
    report("S6_growth_to_19000", large / small, "ratio", growth, 1.1, growth <= 1.1)
    if shutil.which("wrk"):
        bare_us, us = get_status(build, seconds, rounds)
        report("S5_status_cpu_to_bare", us, "us/request", bare_us / us, 0.8, bare_us / us >= 0.8)


if __name__ == "__main__":
    main()
