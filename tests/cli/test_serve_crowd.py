"""Slow, silent and restless peers do not hurt a good one, and leave nothing behind.

At full size (CONTRIBUTING.md), RTCTL_TEST_CROWD=1: 2,000 slow, 500 silent, 100 restless, for 30 s.
"""
import collections
import json
import multiprocessing
import os
import selectors
import socket
import time
import unittest
from urllib.parse import urlsplit

from raw_http import Connection, ask, metric, request
from rtctl_test import LIMIT, serve, wait_until

SCALE = float(os.environ.get("RTCTL_TEST_CROWD", "0.1"))
SECONDS = max(6, 30 * SCALE)
P99_SECONDS = 0.1
# An instrumented program keeps what it freed for a while and is many times slower: then it is held only to break
# nothing and to count everybody out.
IS_INSTRUMENTED = bool(os.environ.get("RTCTL_SANITIZE"))
PAUSE = 0.01  # of the good client between its requests
STREAMS, SESSIONS = ('rtctl_open_connections{endpoint="%s"}' % kind for kind in ("events", "http"))
STREAM = "GET /api/events{} HTTP/1.1\r\nHost: x\r\n\r\n"


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def good_client(url, results, over):
    """A process of its own, so that the crowd's work is not in its figures: what it waits for answers, and how
    late it is woken from its own sleep, which is what the machine makes everybody wait."""
    waits, delays = [], []
    with Connection(url) as connection:
        while not over.is_set():
            for path in ("/api/status", "/healthz", "/api/activity"):
                began = time.perf_counter()
                answer = connection.send(request("GET", path)).answer()
                waits.append(time.perf_counter() - began)
                assert answer.status == 200, answer.status
            began = time.perf_counter()
            time.sleep(PAUSE)
            delays.append(time.perf_counter() - began - PAUSE)
    results.put((sorted(waits), sorted(delays)))


def quantile(ordered, share):
    return ordered[int(len(ordered) * share)]


class Crowd:
    """Peers that misbehave, all on one thread. Whom the server sends away comes again at once."""

    def __init__(self, url, slow, silent, restless):
        parts = urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.selector = selectors.DefaultSelector()
        self.silent = collections.deque()  # oldest first; nobody looks at these, so nothing is ever read
        self.silent_wanted = silent
        self.reconnections = 0
        for _ in range(silent):
            self.open_silent()
        for _ in range(slow):
            self.open("slow", "G")
        for _ in range(restless):
            self.open("restless", STREAM.format("?lastEventId=0"))

    def connect(self, first, receive_buffer=None):
        peer = socket.socket()
        if receive_buffer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        peer.connect(self.address)
        peer.sendall(first.encode())
        return peer

    def open(self, kind, first):
        peer = self.connect(first)
        peer.setblocking(False)
        self.selector.register(peer, selectors.EVENT_READ, [kind, first, time.monotonic()])

    def open_silent(self):
        self.silent.append(self.connect(STREAM.format(""), receive_buffer=4096))

    def close(self, peer):
        self.selector.unregister(peer)
        peer.close()

    def turn(self):
        """Restless ones leave as soon as they got something; slow ones go on when they were sent away."""
        for key, _ in self.selector.select(0.02):
            kind, first, _ = key.data
            try:
                has_more = key.fileobj.recv(65536) and kind == "slow"
            except OSError:
                has_more = False
            if not has_more:
                self.close(key.fileobj)
                self.open(kind, first)
                self.reconnections += kind == "restless"

    def send_the_byte_of_a_minute(self):
        now = time.monotonic()
        for key in list(self.selector.get_map().values()):
            if key.data[0] == "slow" and now - key.data[2] > 60:
                key.data[2] = now
                key.fileobj.send(b"E")

    def replace_silent(self, open_now):
        """The server cut some: as many come in their place."""
        for _ in range(self.silent_wanted - open_now):
            self.silent.popleft().close()
            self.open_silent()

    def leave(self):
        for key in list(self.selector.get_map().values()):
            self.close(key.fileobj)
        for peer in self.silent:
            peer.close()


class CrowdTest(unittest.TestCase):
    def test_a_good_client_is_answered_and_nothing_stays(self):
        server, url = serve("--ephemeral", "--tick", "100ms", "--history-size", "8MiB")
        with server:
            event = request("POST", "/api/events", body=json.dumps({"data": "x" * 30000}))
            publisher = Connection(url)

            def publish():
                self.assertEqual(publisher.send(event).answer().status, 202)

            for _ in range(400):  # the history is as large as it gets
                publish()
            before = resident_bytes(server.process.pid)
            results, over = multiprocessing.Queue(), multiprocessing.Event()
            good = multiprocessing.Process(target=good_client, args=(url, results, over), daemon=True)
            good.start()  # before the crowd, or it would hold copies of their sockets
            os.nice(5)  # the crowd stands for other machines: it must not take the server's processor
            crowd = Crowd(url, int(2000 * SCALE), int(500 * SCALE), int(100 * SCALE))
            until, next_event, next_look = time.monotonic() + SECONDS, 0, 0
            while time.monotonic() < until:
                crowd.turn()
                if time.monotonic() > next_event:
                    next_event = time.monotonic() + 0.1
                    publish()
                if time.monotonic() > next_look:
                    next_look = time.monotonic() + 1
                    crowd.send_the_byte_of_a_minute()
                    crowd.replace_silent(int(metric(url, STREAMS)))
            during = resident_bytes(server.process.pid)
            over.set()
            waits, delays = results.get(timeout=LIMIT)
            good.join()
            crowd.leave()
            wait_until(lambda: metric(url, STREAMS) == 0, "all streams to be gone")
            wait_until(lambda: metric(url, SESSIONS) == 2, "all sessions to be gone")
            if not IS_INSTRUMENTED:
                wait_until(lambda: resident_bytes(server.process.pid) < before * 1.2 + 2e6, "the memory to be given back")
            after = resident_bytes(server.process.pid)
            cut = metric(url, 'rtctl_subscribers_cut_total{reason="slow"}')
            timed_out = metric(url, 'rtctl_http_requests_total{path="other",status="408"}') if SECONDS > 11 else 0
            publisher.close()
            p50, p99, delay = quantile(waits, 0.5), quantile(waits, 0.99), quantile(delays, 0.99)
            print(f"crowd x {SCALE:g}, {SECONDS:g} s: {len(waits)} good answers, p50 {p50 * 1e3:.2f} ms, "
                  f"p99 {p99 * 1e3:.2f} ms, max {waits[-1] * 1e3:.1f} ms (the machine's own delay p99 "
                  f"{delay * 1e3:.1f} ms); {crowd.reconnections} reconnections, {cut:.0f} silent ones cut, "
                  f"{timed_out:.0f} slow ones told 408; resident {before / 1e6:.1f} MB before, {during / 1e6:.1f} "
                  f"during, {after / 1e6:.1f} after", flush=True)
            if not IS_INSTRUMENTED:
                self.assertLess(p99, P99_SECONDS + delay)
            self.assertGreater(crowd.reconnections, 100)
            self.assertEqual(ask(url, "GET", "/healthz").status, 200)


if __name__ == "__main__":
    unittest.main()
