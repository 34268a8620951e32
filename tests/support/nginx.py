"""A real nginx with TLS and HTTP/2 in front of a server, in a folder of its own."""
import os
import pathlib
import socket
import subprocess
import tempfile

from rtctl_test import LIMIT, wait_until

CONFIG = """
daemon on;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    location / {{
      proxy_pass {upstream};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_read_timeout 1h;
    }}
  }}
}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Nginx:
    """Not running until start(). Use as a context manager."""

    def __init__(self, upstream):
        self.directory = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.directory.name)
        self.port = free_port()
        # The worker drops root's rights and still has to write its temporary files.
        os.chmod(self.folder, 0o755)
        self.certificate = self.folder / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.folder / "key.pem",
                        "-out", self.certificate], check=True, capture_output=True, timeout=LIMIT)
        (self.folder / "nginx.conf").write_text(CONFIG.format(folder=self.folder, port=self.port, upstream=upstream))

    def url(self, path):
        return f"https://localhost:{self.port}{path}"

    def command(self, *arguments):
        program = "/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else "nginx"
        done = subprocess.run([program, "-p", self.folder, "-c", self.folder / "nginx.conf", "-e",
                               self.folder / "error.log", *arguments], capture_output=True, text=True, timeout=LIMIT)
        assert done.returncode == 0, done.stderr

    def running(self):
        return (self.folder / "nginx.pid").exists()

    def start(self):
        self.command()
        wait_until(self.running, "nginx to start")

    def stop(self):
        self.command("-s", "stop")
        wait_until(lambda: not self.running(), "nginx to stop")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.running():
            self.stop()
        self.directory.cleanup()
