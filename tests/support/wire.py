"""What went over the wire, read from a capture: TCP, HTTP/1.1 chunks and event streams, each by its standard
and with no code of rtctl's."""
import struct


def packets(capture):
    """(source port, destination port, sequence number, SYN, payload) of each TCP packet of a pcap file (IPv4 on
    Ethernet, as the loopback device has it)."""
    with open(capture, "rb") as file:
        data = file.read()
    magic = data[:4]
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = struct.unpack(order + "I", data[20:24])[0]
    assert link == 1, f"link type {link} is not Ethernet"
    at = 24
    while at + 16 <= len(data):
        _, _, kept, whole = struct.unpack(order + "IIII", data[at:at + 16])
        assert kept == whole, "a packet was cut short"
        frame = data[at + 16:at + 16 + kept]
        at += 16 + kept
        if frame[12:14] != b"\x08\x00" or frame[23] != 6:
            continue
        header = 14 + (frame[14] & 15) * 4
        end = 14 + struct.unpack("!H", frame[16:18])[0]
        source, destination, number = struct.unpack("!HHI", frame[header:header + 8])
        begin = header + (frame[header + 12] >> 4) * 4
        yield source, destination, number, bool(frame[header + 13] & 2), frame[begin:end]


def streams(capture, server_port):
    """The bytes that the server sent, by the port of the client, in order and each once."""
    origins, pieces = {}, {}
    for source, destination, number, is_syn, payload in packets(capture):
        if source != server_port:
            continue
        if is_syn:
            origins[destination] = (number + 1) % 2**32
            pieces[destination] = {}
        elif payload and destination in origins:
            pieces[destination][(number - origins[destination]) % 2**32] = payload
    result = {}
    for client, parts in pieces.items():
        text = b""
        for offset in sorted(parts):
            assert offset <= len(text), "bytes are missing in the capture"
            text += parts[offset][len(text) - offset:]
        result[client] = text
    return result


def unchunked(body):
    """RFC 9112, section 7.1; what is cut off at the end counts as far as it goes."""
    text = b""
    while b"\r\n" in body:
        size, body = body.split(b"\r\n", 1)
        length = int(size.split(b";")[0], 16)
        if length == 0:
            break
        text += body[:length]
        body = body[length + 2:]
    return text


def events(response):
    """(id, data) of each event of a streamed response."""
    head, body = response.split(b"\r\n\r\n", 1)
    assert b"text/event-stream" in head, head
    if b"chunked" in head.lower():
        body = unchunked(body)
    for block in body.replace(b"\r\n", b"\n").split(b"\n\n")[:-1]:
        fields = [line.split(b":", 1) for line in block.split(b"\n") if line and not line.startswith(b":")]
        data = [value.removeprefix(b" ") for name, value in fields if name == b"data"]
        ids = [value.removeprefix(b" ") for name, value in fields if name == b"id"]
        if data:
            yield (ids[-1] if ids else None), b"\n".join(data)
