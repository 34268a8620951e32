"""Processes under measurement: where they run, what they have used, how they end."""
import contextlib
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import time

# Server and client do not compete for a core; with only one there is no choice.
SERVER_CORE, CLIENT_CORE = (0, 1) if os.cpu_count() > 1 else (0, 0)


class Unavailable(Exception):
    """The row cannot be measured here; says why."""


def on_core(core, command):
    return ["taskset", "-c", str(core), *map(str, command)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, limit=10):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise Unavailable(f"nothing listens on port {port}")


def run_child(command, core=CLIENT_CORE, timeout=120):
    """Runs to the end; the finished process and its CPU time in microseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(on_core(core, command), capture_output=True, text=True, timeout=timeout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done, cpu * 1e6


@contextlib.contextmanager
def background(command, core=SERVER_CORE, **options):
    """A process that is ended with the block; `core=None` leaves it to the scheduler."""
    command = list(map(str, command)) if core is None else on_core(core, command)
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        end(process)


def end(process, limit=5):
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(limit)
    process.kill()
    process.wait()
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def cpu_seconds(pid):
    """CPU time of all threads of the process, to the nanosecond where the kernel tells."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that has just ended
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def user_bytes(pid):
    """Anonymous memory of the process: heap and stacks, not the program, no files, no sockets."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) * 1024


def open_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_info(name):
    """One line of /proc/meminfo, in bytes."""
    return int(re.search(rf"^{name}:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)[1]) * 1024
