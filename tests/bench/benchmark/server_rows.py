"""Rows S: what the reference server costs, beside a bare epoll loop, nginx, Nchan and sqlite3."""
import contextlib
import http.client
import json
import statistics
import subprocess
import threading
import time
import urllib.request

from . import peers, servers
from .activities import compare_commits
from .processes import CLIENT_CORE, Unavailable, cpu_seconds, on_core, user_bytes
from .rounds import compare, inverse
from .table import at_least, at_most, beside

SUBSCRIBERS = 10_000


class Deliveries:
    """So many subscribers that only count (server_listen), for so many seconds; `publisher` works meanwhile."""

    def __init__(self, setting, server, streams, seconds, publisher=contextlib.nullcontext()):
        before = user_bytes(server.pid)
        client = subprocess.Popen(on_core(CLIENT_CORE, [setting.program("server_listen"), server.port, streams, seconds]),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if client.stdout.readline() != "open\n":
            raise Unavailable(f"the subscribers did not open: {client.communicate()[1].strip()}")
        self.bytes_each = (user_bytes(server.pid) - before) / streams
        began, cpu = time.monotonic(), cpu_seconds(server.pid)
        with publisher:
            counted = client.stdout.readline()
            if not counted:
                raise Unavailable(f"the subscribers gave up: {client.communicate()[1].strip()}")
            self.events = int(counted.split()[0])
            if not self.events:
                raise Unavailable("no event arrived")
            self.cpu_us = (cpu_seconds(server.pid) - cpu) / self.events * 1e6
            self.per_second = self.events / (time.monotonic() - began)
        client.communicate()


def broadcast(setting, server, streams, seconds=None):
    with server as running:
        return Deliveries(setting, running, streams, seconds or setting.seconds + 1)


def s1(setting):
    """broadcast to 10,000: CPU per delivery against a bare send loop; and memory per subscriber (S4)"""
    streams = setting.scaled(SUBSCRIBERS)
    memory = []

    def ours():
        result = broadcast(setting, servers.rtctl_serve(setting, "--tick", "1s"), streams)
        memory.append(result.bytes_each)
        return result.cpu_us

    result = compare(ours, lambda: broadcast(setting, servers.bare_server(setting, 1000), streams).cpu_us, setting.rounds)
    yield at_least("S1 broadcast to 10,000: bare send loop ÷ rtctl", result.ours, "us/delivery", result.ratio, 0.9, 1.0,
                   result.spread)
    each = statistics.median(memory)
    yield at_most("S4 server memory per idle subscriber", each, "bytes", each, 1024, 512, (min(memory), max(memory)))


def s2(setting):
    """deliveries per second of one server core, 200 events/s to 10,000 subscribers; none is cut, so nothing is lost"""
    streams = setting.scaled(SUBSCRIBERS)
    results = [broadcast(setting, servers.rtctl_serve(setting, "--tick", "5ms"), streams)
               for _ in range(min(3, setting.rounds))]
    rates = [result.per_second for result in results]
    rate = statistics.median(rates)
    yield at_least("S2 deliveries of one server core", rate, "/s", rate, 500_000, 1_000_000, (min(rates), max(rates)))


class Publisher:
    """Posts one event after the other, so many a second, to a server that takes them by HTTP."""

    def __init__(self, server, path, per_second, as_body):
        self.server, self.path, self.pause, self.as_body = server, path, 1 / per_second, as_body
        self.count, self.is_over = 0, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        due = time.monotonic()
        while not self.is_over.wait(max(0, due - time.monotonic())):
            due += self.pause
            data = {"timestamp": "2026-01-31T12:00:00.123456Z", "value": 0.123456}
            body = json.dumps(self.as_body(data), separators=(",", ":"))
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("POST", self.path, body, {"Content-Type": "application/json"})
                connection.getresponse().read()
                self.count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join(31)


def s3(setting):
    """broadcast to 10,000 against Nchan, same subscribers, same client: cost at one event/s, rate at 50/s"""
    streams = setting.scaled(SUBSCRIBERS)

    def published(server, path, as_body, per_second):
        with server as running:
            return Deliveries(setting, running, streams, setting.seconds + 3, Publisher(running, path, per_second, as_body))

    def ours(per_second):
        return published(servers.rtctl_serve(setting, "--tick", "0"), "/api/events", lambda data: {"data": data}, per_second)

    def nchan(per_second):
        return published(servers.nchan(setting), "/publish", lambda data: data, per_second)

    rate = compare(lambda: 1 / ours(50).per_second, lambda: 1 / nchan(50).per_second, setting.rounds)
    yield at_least("S3 broadcast to 10,000, 50 events/s: rtctl ÷ Nchan", 1 / rate.ours, "deliveries/s", rate.ratio, 1.5, 3,
                   rate.spread)
    cost = compare(lambda: ours(1).cpu_us, lambda: nchan(1).cpu_us, setting.rounds)
    yield beside("S3 beside it: one event/s, CPU: Nchan ÷ rtctl", cost.ours, "us/delivery", cost.ratio)


def answer_cost(setting, server, path):
    """CPU of the server per request that wrk got answered."""
    before = cpu_seconds(server.pid)
    command, count = peers.PEERS["wrk"]
    done = subprocess.run(on_core(CLIENT_CORE, command(setting, server.url + path, 64)), capture_output=True, text=True,
                          check=True)
    return (cpu_seconds(server.pid) - before) / count(setting, done.stdout) * 1e6


def s5(setting):
    """GET /api/status against nginx that returns the same bytes, and beside a bare loop"""
    if not peers.installed(["wrk"]):
        raise Unavailable("wrk is not installed")
    with servers.rtctl_serve(setting) as ours:
        with urllib.request.urlopen(f"{ours.url}/api/status") as answer:
            body = answer.read().decode()
        with servers.nginx_answer(setting, body) as nginx:
            result = compare(lambda: answer_cost(setting, ours, "/api/status"),
                             lambda: answer_cost(setting, nginx, "/api/status"), setting.rounds)
        with servers.bare_server(setting, 1000, len(body)) as bare:
            floor = answer_cost(setting, bare, "/api/status")
    yield at_least("S5 GET /api/status: nginx ÷ rtctl", result.ours, "us/request", result.ratio, 1.0, 1.15, result.spread)
    yield beside("S5 beside it: a bare loop ÷ rtctl", floor, "us/request", floor / result.ours)


def s6(setting):
    """CPU per delivery at 19,000 subscribers against 1,000, beside the same ratio of the bare loop"""
    few, many = setting.scaled(1000), setting.scaled(19_000)

    def growth(server_of):
        # As many deliveries a second in both, or the smaller one would sleep more.
        small = broadcast(setting, server_of(100), few)
        large = broadcast(setting, server_of(2000), many, 2 * setting.seconds + 2)
        return large.cpu_us / small.cpu_us

    result = inverse(compare(lambda: growth(lambda tick: servers.rtctl_serve(setting, "--tick", f"{tick}ms")),
                             lambda: growth(lambda tick: servers.bare_server(setting, tick)), setting.rounds))
    yield at_most("S6 CPU per delivery at 19,000 ÷ at 1,000: rtctl ÷ bare loop", result.ours, "times", result.ratio, 1.1, 1.0,
                  result.spread)


def s7(setting):
    """POST /api/activity on SQLite against sqlite3's own bulk inserts with the same durability"""
    time_each, cpu_each = compare_commits(setting)
    yield at_least("S7 durable activities: rtctl ÷ sqlite3's bulk inserts", 1 / time_each.ours, "/s", time_each.ratio, 0.5, 0.8,
                   time_each.spread)
    yield beside("S7 beside it: CPU per activity, sqlite3 ÷ rtctl", cpu_each.ours, "us", cpu_each.ratio)


ROWS = [s1, s2, s3, s5, s6, s7]
