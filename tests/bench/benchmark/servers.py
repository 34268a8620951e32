"""The servers that rows measure or load: each is a context manager that yields a Server."""
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

from .processes import SERVER_CORE, Unavailable, background, free_port, wait_for_port

BODY = json.dumps({"uptime": 1.5, "online_users": 42, "memory_usage": 17.3, "padding": "0" * 40})


@dataclasses.dataclass
class Server:
    port: int
    pid: int

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def announced(command, pipe, core=SERVER_CORE):
    """A program that names its port at the end of its first line on `pipe`."""
    with background(command, core, **{pipe: subprocess.PIPE}, text=True) as process:
        line = getattr(process, pipe).readline()
        found = re.search(r"(\d+)/?\s*$", line)
        if not found:
            raise Unavailable(f"{command[0]} did not start: {line.strip()}")
        yield Server(int(found[1]), process.pid)


def rtctl_serve(setting, *flags, core=SERVER_CORE, store=("--ephemeral",)):
    return announced([setting.rtctl, "serve", "--listen", "127.0.0.1:0", *store, "--threads", 1, "--rate-limit", 0,
                      *flags], "stderr", core)


def bare_server(setting, tick_ms, body_bytes=100):
    """The least a server can do: epoll and send."""
    return announced([setting.program("server_bare"), tick_ms, body_bytes], "stdout")


def event_source(setting, per_second):
    """The same event to every subscriber, by a bare epoll loop."""
    return announced([setting.program("event_source"), "--rate", per_second], "stdout")


def worker_of(master):
    children = pathlib.Path(f"/proc/{master}/task/{master}/children")
    end = time.monotonic() + 10
    while not (found := children.read_text().split()):
        if time.monotonic() > end:
            raise Unavailable("nginx started no worker")
        time.sleep(0.02)
    return int(found[0])


@contextlib.contextmanager
def nginx(setting, locations, modules="", http="", connections=10_000):
    """nginx with one worker; the Server is that worker."""
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if program is None:
        raise Unavailable("nginx is not installed")
    port, folder = free_port(), setting.folder
    paths = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = folder / f"nginx-{port}.conf"
    config.write_text(
        f"{modules} daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid {folder}/nginx-{port}.pid;\n"
        f"error_log {folder}/error.log; events {{ worker_connections {connections}; }}\n"
        f"http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; {http} {paths}\n"
        f"server {{ listen 127.0.0.1:{port} backlog=4096; {locations} }} }}\n")
    with background([program, "-c", config, "-e", f"{folder}/error.log"], stderr=subprocess.DEVNULL) as process:
        wait_for_port(port)
        yield Server(port, worker_of(process.pid))


def nginx_answer(setting, body=BODY):
    """Every request gets these bytes."""
    return nginx(setting, f"location / {{ default_type application/json; return 200 '{body}'; }}")


def nchan(setting):
    """nginx with Nchan: subscribers of /api/events get what is posted to /publish."""
    module = "/usr/lib/nginx/modules/ngx_nchan_module.so"
    if not os.path.exists(module):
        raise Unavailable("libnginx-mod-nchan is not installed")
    channel = "nchan_channel_id all; nchan_message_buffer_length 10000; nchan_message_timeout 5m;"
    return nginx(setting, f"location = /api/events {{ nchan_subscriber eventsource; {channel} }} "
                 f"location = /publish {{ nchan_publisher; {channel} }}", f"load_module {module};",
                 "nchan_shared_memory_size 512M;", 19_900)
