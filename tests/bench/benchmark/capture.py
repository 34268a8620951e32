"""An independent receiver: what tcpdump saw of event streams, and when."""
import contextlib
import datetime
import re
import shutil
import signal
import struct
import subprocess

from .processes import SERVER_CORE, Unavailable, on_core

SENT_AT = re.compile(rb'"timestamp":"([^"]+)"')
MAGIC_MICROSECONDS, MAGIC_NANOSECONDS = 0xA1B2C3D4, 0xA1B23C4D
ETHERNET = 1


@contextlib.contextmanager
def tcpdump(port, file):
    """Captures what the server on that port sends over loopback."""
    if not shutil.which("tcpdump"):
        raise Unavailable("tcpdump is not installed")
    # On the server's core: what it costs delays the sending, which both receivers see.
    command = on_core(SERVER_CORE, ["tcpdump", "-i", "lo", "-n", "-B", "131072", "-Z", "root", "-w", file,
                                    f"tcp src port {port}"])
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        first = process.stderr.readline()
        while first and "listening on" not in first:
            first = process.stderr.readline()
        if not first:
            raise Unavailable("tcpdump may not capture here")
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            said = process.stderr.read()
        dropped = re.search(r"(\d+) packets? dropped by kernel", said)
        if dropped and int(dropped[1]):
            raise Unavailable(f"tcpdump lost {dropped[1]} packets")


def packets(file):
    """(time in seconds, flow, sequence number, payload) of every TCP segment that carries data."""
    with open(file, "rb") as capture:
        header = capture.read(24)
        order = "<" if struct.unpack("<I", header[:4])[0] in (MAGIC_MICROSECONDS, MAGIC_NANOSECONDS) else ">"
        magic, link = struct.unpack(order + "I", header[:4])[0], struct.unpack(order + "I", header[20:24])[0]
        if link != ETHERNET:
            raise Unavailable(f"the capture has link type {link}")
        fraction = 1e9 if magic == MAGIC_NANOSECONDS else 1e6
        while len(record := capture.read(16)) == 16:
            seconds, parts, size, _ = struct.unpack(order + "IIII", record)
            frame = capture.read(size)
            ip = 14
            ip_end = ip + struct.unpack(">H", frame[ip + 2:ip + 4])[0]
            tcp = ip + (frame[ip] & 15) * 4
            data = frame[tcp + (frame[tcp + 12] >> 4) * 4:ip_end]
            if data:
                flow = frame[ip + 12:ip + 20] + frame[tcp:tcp + 4]
                yield seconds + parts / fraction, flow, struct.unpack(">I", frame[tcp + 4:tcp + 8])[0], data


def deliveries(file):
    """Of every event in the capture: seconds from the send time in its data to its last byte on the wire."""
    open_event, expected = {}, {}
    for at, flow, sequence, data in packets(file):
        if expected.get(flow, sequence) != sequence:
            continue  # sent again
        expected[flow] = (sequence + len(data)) & 0xFFFFFFFF
        *complete, rest = (open_event.get(flow, b"") + data).split(b"\n\n")
        open_event[flow] = rest
        for event in complete:
            if found := SENT_AT.search(event):
                yield at - datetime.datetime.fromisoformat(found[1].decode().replace("Z", "+00:00")).timestamp()
