"""A PostgreSQL server of the test's own: a cluster in a temporary folder, stopped and gone at the end.

As a program: `postgresql.py COMMAND...` starts one, puts its URL into RTCTL_TEST_POSTGRESQL, runs the
command and exits with its status.
"""
import glob
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


def _programs():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    return pathlib.Path(found[-1]).parent


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PostgreSQL:
    """`with PostgreSQL() as database:` - `database.url` is what --store takes."""

    def __init__(self):
        self.programs = _programs()
        self.folder = tempfile.mkdtemp(prefix="rtctl-pg-", dir="/tmp")
        # The server refuses to run as root.
        self.user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.port = _free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self.process = None

    def __enter__(self):
        try:
            if os.geteuid() == 0:
                shutil.chown(self.folder, self.user)
            self._run("initdb", "-D", f"{self.folder}/data", "-U", "postgres", "-A", "trust", "-N",
                      "-E", "UTF8", "--locale=C")
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Starts the server and waits until it answers."""
        self._spawn()
        deadline = time.monotonic() + 60
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL does not start:\n" + pathlib.Path(self.folder, "log").read_text())
            time.sleep(0.05)
            if self.process.poll() is not None:
                # A process forked while the last server was killed holds its shared memory until it notices.
                self._spawn()

    def _spawn(self):
        with open(f"{self.folder}/log", "ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", f"{self.folder}/data", "-p", str(self.port), "-h", "127.0.0.1",
                 "-k", "", "-c", "max_connections=60", "-c", "shared_buffers=16MB"],
                stdout=subprocess.DEVNULL, stderr=log, **self._identity())

    def kill(self):
        """Ends it at once, as a power cut would: all its processes get SIGKILL."""
        if self.process is None:
            return
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        for pid in [self.process.pid, *map(int, children.stdout.split())]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process = None
        pathlib.Path(self.folder, "data/postmaster.pid").unlink(missing_ok=True)

    def execute(self, sql):
        """Runs SQL and returns what psql printed, unaligned."""
        done = subprocess.run([self.programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url, "-c", sql],
                              capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def create_database(self, name):
        """A fresh database; returns its URL."""
        self.execute(f"CREATE DATABASE {name}")
        return self.url.rsplit("/", 1)[0] + "/" + name

    def _run(self, program, *arguments):
        done = subprocess.run([self.programs / program, *arguments], capture_output=True, text=True, **self._identity())
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr}")

    def _identity(self):
        if os.geteuid() != 0:
            return {"cwd": self.folder}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": self.folder}


if __name__ == "__main__":
    with PostgreSQL() as server:
        status = subprocess.run(sys.argv[1:], env={**os.environ, "RTCTL_TEST_POSTGRESQL": server.url}).returncode
    sys.exit(status)
