"""Rows C: what the load generator costs, beside other generators and beside bare loops."""
import subprocess
import time

from . import peers, servers
from .processes import CLIENT_CORE, Unavailable, background, cpu_seconds, open_descriptors, user_bytes
from .rounds import compare, inverse, of_pairs
from .setting import count_of
from .table import at_least, at_most

STREAMS = 10_000
OPENING_SECONDS = 6  # after which 19,000 streams are open, or something is wrong


# ---- requests ----------------------------------------------------------------------------------
def engine_request(setting, url, connections):
    """`rtctl bench` with all its metrics: GETs in a closed loop."""
    report, cpu = setting.bench({
        "name": "requests", "target": url, "duration": f"{setting.seconds}s",
        "groups": [{"name": "users", "kind": "request", "request": {"method": "GET", "path": "/"}, "users": connections}]})
    return cpu / count_of(report, "requests")


def driver_request(setting, driver, url, connections):
    return setting.measured("driver_requests", "--driver", driver, "--url", f"{url}/", "--connections", connections,
                            "--seconds", setting.seconds)["cpu_us"]


def faster_than_wrk(setting, name, connections, ours, target, stretch=None):
    connections = setting.scaled(connections)
    with servers.nginx_answer(setting) as server:
        result = compare(lambda: ours(server.url, connections),
                         lambda: peers.cost(setting, "wrk", f"{server.url}/", connections), setting.rounds)
    yield at_least(name, result.ours, "us/request", result.ratio, target, stretch, result.spread)


def c1(setting):
    """bench, closed GETs, 64 connections, against wrk"""
    yield from faster_than_wrk(setting, "C1 bench, 64 connections: wrk ÷ rtctl", 64,
                               lambda url, n: engine_request(setting, url, n), 1.0, 1.15)


def c1d(setting):
    """the same without the engine: the direct driver alone"""
    yield from faster_than_wrk(setting, "C1d direct driver, 64 connections: wrk ÷ rtctl", 64,
                               lambda url, n: driver_request(setting, "direct", url, n), 1.0)


def c2(setting):
    """bench, closed GETs, 2,000 connections, against wrk"""
    yield from faster_than_wrk(setting, "C2 bench, 2,000 connections: wrk ÷ rtctl", 2000,
                               lambda url, n: engine_request(setting, url, n), 1.1, 1.3)


def c2d(setting):
    """the same without the engine"""
    yield from faster_than_wrk(setting, "C2d direct driver, 2,000 connections: wrk ÷ rtctl", 2000,
                               lambda url, n: driver_request(setting, "direct", url, n), 1.1)


def c3(setting):
    """bench, 64 connections, against h2load, oha, hey, vegeta, autocannon, k6: those on the PATH"""
    names = peers.installed(["h2load", "oha", "hey", "vegeta", "autocannon", "k6"])
    if not names:
        raise Unavailable("none of h2load, oha, hey, vegeta, autocannon, k6 is on the PATH")
    rounds = []
    with servers.nginx_answer(setting) as server:
        for number in range(setting.rounds):
            # Everybody in turn, from another start in each round.
            turns = ["rtctl", *names]
            turns = turns[number % len(turns):] + turns[:number % len(turns)]
            rounds.append({name: engine_request(setting, server.url, 64) if name == "rtctl" else
                           peers.cost(setting, name, f"{server.url}/", 64) for name in turns})
    for name in names:
        result = of_pairs([(costs["rtctl"], costs[name]) for costs in rounds])
        yield at_least(f"C3 bench, 64 connections: {name} ÷ rtctl", result.ours, "us/request", result.ratio, 1,
                       10 if name == "k6" else 2, result.spread)


def c8(setting):
    """the curl driver, 2,000 connections, against wrk"""
    yield from faster_than_wrk(setting, "C8 curl driver, 2,000 connections: wrk ÷ rtctl", 2000,
                               lambda url, n: driver_request(setting, "curl", url, n), 0.4, 0.5)


# ---- streams -----------------------------------------------------------------------------------
def streams_scenario(port, streams, seconds, **more):
    return {"name": "streams", "target": f"http://127.0.0.1:{port}", "duration": f"{seconds}s",
            "groups": [{"name": "users", "kind": "sse", "path": "/", "users": streams, **more}]}


def engine_event(setting, port, streams):
    """Of two runs of different length: opening the streams costs the same in both."""
    def run(seconds):
        report, cpu = setting.bench(streams_scenario(port, streams, seconds, sent_at="/timestamp", sequence="id"))
        return cpu, count_of(report, "events")
    (short, few), (long, many) = run(8), run(16)
    return (long - short) / (many - few)


def driver_streams(setting, driver, port, streams, seconds):
    return setting.measured("driver_streams", "--driver", driver, "--url", f"http://127.0.0.1:{port}/",
                            "--streams", streams, "--seconds", seconds)


def bare_event(setting, port, streams):
    return setting.measured("bare_streams", "--port", port, "--streams", streams, "--seconds", 5)["cpu_us"]


def c4(setting):
    """event streams, parsed and recorded, against a bare recv loop"""
    streams = setting.scaled(STREAMS)
    with servers.event_source(setting, 1) as source:
        result = inverse(compare(lambda: engine_event(setting, source.port, streams),
                                 lambda: bare_event(setting, source.port, streams), setting.rounds))
    yield at_most("C4 bench, 10,000 streams: rtctl ÷ bare recv", result.ours, "us/event", result.ratio, 1.5, 1.2,
                  result.spread)


def c4d(setting):
    """the same without the engine: direct driver and parser"""
    streams = setting.scaled(STREAMS)
    with servers.event_source(setting, 1) as source:
        result = inverse(compare(lambda: driver_streams(setting, "direct", source.port, streams, 4)["cpu_us"],
                                 lambda: bare_event(setting, source.port, streams), setting.rounds))
    yield at_most("C4d direct driver and parser, 10,000 streams: rtctl ÷ bare recv", result.ours, "us/event",
                  result.ratio, 1.5, 1.2, result.spread)


def engine_memory(setting, driver, port, streams):
    """Anonymous memory of `rtctl bench` while it holds so many streams, each of which has had events."""
    file = setting.scenario_file(streams_scenario(port, streams, 60, ramp_up="4s"))
    command = [setting.rtctl, "bench", file, "--threads", 1, "--quiet", "--driver", driver]
    with background(command, CLIENT_CORE, stdout=subprocess.DEVNULL) as process:
        end = time.monotonic() + 30
        while time.monotonic() < end and open_descriptors(process.pid) < streams:
            time.sleep(0.2)
        if open_descriptors(process.pid) < streams:
            raise Unavailable(f"only {open_descriptors(process.pid)} of {streams} streams were opened")
        time.sleep(3)
        return user_bytes(process.pid)


def c5(setting):
    """user memory of bench per idle stream, by the direct and by the curl driver"""
    few, many = setting.scaled(2000), setting.scaled(10_000)
    for driver, target, stretch in (("direct", 1024, 512), ("curl", 14 * 1024, None)):
        with servers.event_source(setting, 0.5) as source:
            grown = engine_memory(setting, driver, source.port, many) - engine_memory(setting, driver, source.port, few)
        each = grown / (many - few)
        yield at_most(f"C5 bench, memory per idle stream, {driver} driver", each, "bytes", each, target, stretch)


def engine_open(setting, port, streams):
    """CPU per stream opened: until all are there, less what a run with one stream takes."""
    def run(users):
        file = setting.scenario_file(streams_scenario(port, users, 60))
        with background([setting.rtctl, "bench", file, "--threads", 1, "--quiet"], CLIENT_CORE,
                        stdout=subprocess.DEVNULL) as process:
            time.sleep(OPENING_SECONDS)
            opened = open_descriptors(process.pid)
            if opened < users:
                raise Unavailable(f"only {opened} of {users} streams were opened")
            return cpu_seconds(process.pid)
    return (run(streams) - run(1)) / (streams - 1) * 1e6


def c6(setting):
    """bench opening 19,000 streams, against a bare connect loop"""
    yield from opening(setting, "C6 bench", lambda port, streams: engine_open(setting, port, streams))


def c6d(setting):
    """the same without the engine"""
    yield from opening(setting, "C6d direct driver", lambda port, streams: driver_streams(
        setting, "direct", port, streams, 0.1)["connect_cpu_us"])


def opening(setting, name, ours):
    streams = setting.scaled(19_000)
    with servers.event_source(setting, 0.01) as source:
        result = compare(lambda: ours(source.port, streams),
                         lambda: setting.measured("bare_connect", "--port", source.port, "--streams", streams,
                                                  "--sources", 4)["connect_cpu_us"], setting.rounds)
    yield at_least(f"{name}, opening 19,000 streams: bare connect ÷ rtctl", result.ours, "us/stream", result.ratio, 0.6,
                   0.8, result.spread)


def c7(setting):
    """pacing: sent minus planned at 10,000 arrivals a second, 99th percentile"""
    lags = []
    with servers.nginx_answer(setting) as server:
        for _ in range(min(3, setting.rounds)):
            report, _ = setting.bench({
                "name": "pacing", "target": server.url, "duration": "8s",
                "groups": [{"name": "arrivals", "kind": "request", "request": {"method": "GET", "path": "/"},
                            "rate": f"{setting.scaled(10_000)}/s"}]})
            lags.append(report["generator"]["schedule_lag"]["p99"] / 1e6)
    lag = sorted(lags)[len(lags) // 2]
    yield at_most("C7 bench, 10,000 arrivals/s: sent minus planned, p99", lag, "ms", lag, 1, 0.2, (min(lags), max(lags)))


ROWS = [c1, c1d, c2, c2d, c3, c4, c4d, c5, c6, c6d, c7, c8]
