"""A reference server that is killed and started again on the same port, and requests that survive it."""
import http.client
import json
import random
import threading
import time

from rtctl_test import LIMIT, Process, free_port


class CrashingServer:
    """`with CrashingServer("--store", url) as server:`; kill() is SIGKILL, start() begins again."""

    def __init__(self, *arguments):
        self.port = free_port()
        self.arguments = ["serve", "--listen", f"127.0.0.1:{self.port}", *arguments]
        self.process = None

    def start(self):
        self.process = Process(*self.arguments)
        self.process.wait_for("listening on ")

    def kill(self):
        self.process.process.kill()
        self.process.__exit__()
        self.process = None

    def crash_at_random(self, times, seed, low=0.15, high=0.6):
        """Kills and starts it so often, with random lives between."""
        chance = random.Random(seed)
        for _ in range(times):
            time.sleep(chance.uniform(low, high))  # how long it lives is what is tested
            self.kill()
            self.start()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process:
            self.kill()


class Caller:
    """One connection to the server; connects again when it is lost."""

    def __init__(self, port):
        self.port, self.connection = port, None

    def ask(self, method, target, body=None, headers=None):
        """(status, body as bytes); OSError or HTTPException when the server is away."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        headers = dict(headers or {})
        if body is not None:
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            self.connection.request(method, target, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def insist(self, *arguments, **named):
        """Asks until the answer is 200; returns its body."""
        until = time.monotonic() + LIMIT
        while True:
            try:
                status, body = self.ask(*arguments, **named)
                if status == 200:
                    return body
                assert status in (429, 503), (status, body)
            except (OSError, http.client.HTTPException):
                pass
            assert time.monotonic() < until, f"no answer to {arguments[:2]} in {LIMIT} s"
            time.sleep(0.02)

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def in_threads(count, work):
    """Runs work(index) in as many threads; passes on the first failure."""
    failures = []

    def guarded(index):
        try:
            work(index)
        except BaseException as failure:  # pylint: disable=broad-except
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()

    def join():
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    return join
