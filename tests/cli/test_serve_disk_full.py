"""A disk that is full: clear errors, the server goes on, and nothing that was acknowledged is lost."""
import collections
import json
import os
import resource
import signal
import tempfile
import unittest

from raw_http import Connection, EventStream, ask, request
from rtctl_test import serve, wait_until

ROOM = 6 << 20  # bytes that any one file may have while the disk is "full"


class Disk:
    """Full and free again by the limit of file size, which needs no rights; RTCTL_TEST_DISK names a small
    file system instead (mount -t tmpfs -o size=12m none DIR), which is filled with a file of zeros."""

    def __init__(self):
        self.mounted = os.environ.get("RTCTL_TEST_DISK")
        self.folder = tempfile.TemporaryDirectory(dir=self.mounted)
        self.ballast = os.path.join(self.folder.name, "ballast")

    def fill(self, server):
        if not self.mounted:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))
            return
        with open(self.ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 4096)
            except OSError:
                pass

    def free(self, server):
        if self.mounted:
            os.remove(self.ballast)
        else:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)


def activities(url):
    found, after = [], 0
    while page := json.loads(ask(url, "GET", f"/api/activity?after={after}").body):
        found += page
        after = page[0]["id"]
    return [item["type"] for item in found]


class FullDisk(unittest.TestCase):
    def post_until_refused(self, url, path, make_body):
        """The answers to what was accepted; checks the refusal."""
        accepted = []
        with Connection(url) as connection:
            for number in range(2000):
                answer = connection.send(request("POST", path, body=json.dumps(make_body(number)))).answer()
                if answer.status >= 300:
                    self.assertEqual((answer.status, answer.field("content-type")), (503, "application/problem+json"))
                    self.assertIsNotNone(answer.field("retry-after"))
                    return accepted
                accepted.append((number, answer.body))
        return self.fail("the disk should have been full by now")

    def test_errors_are_clear_and_pass(self):
        disk = Disk()
        self.addCleanup(disk.folder.cleanup)
        state = os.path.join(disk.folder.name, "state")
        flags = ("--state-dir", state, "--tick", "0", "--history-size", "64MiB")
        server, url = serve(*flags)
        with server, EventStream(url, "?topic=after") as stream:
            stream.block()
            disk.fill(server)
            text = "x" * 40000
            events = self.post_until_refused(url, "/api/events", lambda n: {"data": f"{n} {text}"})
            logged = self.post_until_refused(url, "/api/activity",
                                             lambda n: {"type": f"full {n}", "userId": "u", "data": text})
            # What only reads goes on, the server says that it is not ready, and chat says why.
            self.assertEqual(ask(url, "GET", "/healthz").status, 200)
            self.assertEqual(len(json.loads(ask(url, "GET", "/api/activity").body)), min(50, len(logged)))
            wait_until(lambda: ask(url, "GET", "/readyz").status == 503, "the server to be not ready")
            with EventStream(url, "?lastEventId=0") as again:
                self.assertEqual(again.ids(len(events)), [json.loads(body)["id"] for _, body in events])
            disk.free(server)
            wait_until(lambda: ask(url, "GET", "/readyz").status == 200, "the server to be ready again")
            body = json.dumps({"type": "after", "userId": "u"})
            self.assertEqual(ask(url, "POST", "/api/activity", body=body).status, 200)
            newest = ask(url, "POST", "/api/events", body=json.dumps({"data": 1, "topic": "after"}))
            self.assertEqual(newest.status, 202)
            self.assertEqual(stream.ids(1), [json.loads(newest.body)["id"]])
            server.send(signal.SIGKILL)
            server.wait()
        server, url = serve(*flags)
        with server:
            times = collections.Counter(activities(url))
            self.assertEqual([], [number for number, _ in logged if times[f"full {number}"] != 1])
            self.assertEqual(times["after"], 1)
            with EventStream(url, "?lastEventId=0") as stream:
                kept = stream.events(len(events) + 1)
            self.assertEqual([event["data"].split()[0] for event in kept[:-1]], [str(number) for number, _ in events])
        print(f"full disk: {len(events)} events and {len(logged)} activities acknowledged before it, all there after "
              "kill -9", flush=True)


if __name__ == "__main__":
    unittest.main()
