"""/api/events from outside: order, replay, forms, slow and vanishing subscribers, restarts."""
import ctypes
import gzip
import json
import os
import signal
import socket
import struct
import tempfile
import threading
import time
import unittest
import zlib

from raw_http import Connection, EventStream, ask, closed_within, metric, request
from rtctl_test import LIMIT, serve, wait_until

SO_ATTACH_FILTER = 26  # asm-generic/socket.h
QUIET = ("--tick", "1h", "--threads", "2")


def publish(url, data, **more):
    answer = ask(url, "POST", "/api/events", body=json.dumps({"data": data, **more}))
    assert answer.status == 202, answer.body
    return json.loads(answer.body)["id"]


def publish_many(url, count, **more):
    """On one connection; the ids."""
    body = json.dumps({"data": 1, **more})
    with Connection(url) as connection:
        return [json.loads(connection.send(request("POST", "/api/events", body=body)).answer().body)["id"]
                for _ in range(count)]


class Served(unittest.TestCase):
    flags = QUIET

    def setUp(self):
        self.server, self.url = serve("--ephemeral", *self.flags)
        self.addCleanup(self.server.__exit__)

    def open_streams(self):
        return metric(self.url, 'rtctl_open_connections{endpoint="events"}')


class StreamTest(Served):
    def test_greeting_head_and_events(self):
        with EventStream(self.url) as stream:
            self.assertEqual(stream.head.status, 200)
            self.assertEqual(stream.head.field("content-type"), "text/event-stream")
            self.assertEqual(stream.head.field("cache-control"), "no-cache")
            self.assertEqual(stream.head.field("x-accel-buffering"), "no")
            self.assertEqual(stream.block(), "retry: 2000\ndata: Connected")
            first = publish(self.url, {"b": 1, "a": "é"}, event="greeting")
            self.assertEqual(stream.block(), f'id: {first}\nevent: greeting\ndata: {{"b":1,"a":"é"}}')
            publish(self.url, "two\nlines")
            self.assertEqual(stream.block(), f"id: {first + 1}\ndata: two\ndata: lines")
            publish(self.url, None)
            self.assertEqual(stream.block(), f"id: {first + 2}\ndata: null")

    def test_head_has_no_body(self):
        with Connection(self.url) as connection:
            answer = connection.send(request("HEAD", "/api/events")).answer(head_only=True)
            self.assertEqual(answer.field("content-type"), "text/event-stream")
            self.assertTrue(connection.is_alive())

    def test_topics(self):
        with EventStream(self.url, "?topic=a&topic=b%20c") as stream:
            wanted = []
            for topic in ("a", "x", "b c", "", "a"):
                number = publish(self.url, 1, topic=topic)
                if topic in ("a", "b c"):
                    wanted.append(number)
            self.assertEqual(stream.ids(3), wanted)

    def test_replay_then_live_over_both_loops(self):
        ids = publish_many(self.url, 50)
        for given in (ids[0], ids[30], ids[-1]):
            with EventStream(self.url, headers=[f"Last-Event-ID: {given}"]) as stream:
                missed = [number for number in ids if number > given]
                self.assertEqual(stream.block(), "retry: 2000\ndata: Connected")
                self.assertEqual(stream.ids(len(missed)), missed)
                ids.append(publish(self.url, "live"))
                self.assertEqual(stream.ids(1), ids[-1:])

    def test_replay_while_events_come(self):
        """Whatever the moment of joining, nothing is lost or doubled."""
        publish_many(self.url, 20)
        writer = threading.Thread(target=publish_many, args=(self.url, 400))
        writer.start()
        try:
            for start in range(0, 20):
                with EventStream(self.url, f"?lastEventId={start}", ["Accept-Encoding: identity"]) as stream:
                    if start:
                        self.assertEqual(stream.ids(60), list(range(start + 1, start + 61)))
        finally:
            writer.join()
        with EventStream(self.url, "?lastEventId=0") as stream:
            self.assertEqual(stream.ids(420), list(range(1, 421)))

    def test_batch(self):
        with EventStream(self.url, "?batch=300ms") as stream:
            stream.block()
            ids = publish_many(self.url, 3, topic="t")
            got = []
            while len(got) < 3:
                event = stream.event()
                self.assertEqual(event["event"], "batch")
                items = json.loads(event["data"])
                self.assertEqual(int(event["id"]), items[-1]["id"])
                got += items
            self.assertEqual(got, [{"id": n, "event": "message", "topic": "t", "data": 1} for n in ids])

    def test_latest(self):
        with EventStream(self.url, "?latest=1s") as stream:
            stream.block()
            publish_many(self.url, 5, topic="t")
            last = publish_many(self.url, 5, topic="t")[-1]
            ids = []
            while last not in ids:
                ids += stream.ids(1)
            self.assertLess(len(ids), 10)

    def test_delta(self):
        publish(self.url, {"n": 1, "same": True}, topic="t")
        newest = publish(self.url, "x")
        with EventStream(self.url, "?mode=delta") as stream:
            snapshot = stream.event()
            self.assertEqual((snapshot["event"], int(snapshot["id"])), ("snapshot", newest))
            self.assertEqual(json.loads(snapshot["data"]), {"t": {"n": 1, "same": True}, "": "x"})
            number = publish(self.url, {"n": 2, "same": True}, topic="t")
            patch = stream.event()
            self.assertEqual((patch["event"], int(patch["id"])), ("patch", number))
            self.assertEqual(json.loads(patch["data"]), [{"op": "replace", "path": "/t/n", "value": 2}])

    def test_a_patch_is_never_much_longer_than_what_it_replaces(self):
        """Long names above many changes: operation by operation this would be 300 MB."""
        with EventStream(self.url, "?mode=delta") as stream:
            stream.event()
            for value in (0, 1):
                number = publish(self.url, {"k" * 20000: [value] * 12000}, topic="t/" * 500)
                patch = stream.event()
                self.assertEqual((patch["event"], int(patch["id"])), ("patch", number))
                self.assertLess(len(patch["data"]), 60000)

    def test_many_topics_of_few_subscribers(self):
        streams = [EventStream(self.url, f"?topic=t{number}") for number in range(400)]
        for number, stream in enumerate(streams):
            self.assertEqual(stream.head.status, 200)
            publish(self.url, number, topic=f"t{number}")
        for number, stream in enumerate(streams):
            self.assertEqual(stream.event()["data"], str(number))
            stream.connection.close()

    def test_numbers_keep_every_digit(self):
        with EventStream(self.url) as stream, EventStream(self.url, "?batch=10ms") as batches:
            stream.block(), batches.block()
            body = '{"data": { "big": 12345678901234567890123456789, "small": 1.10e-400, "x": [ ] } }'
            compact = '{"big":12345678901234567890123456789,"small":1.10e-400,"x":[]}'
            self.assertEqual(ask(self.url, "POST", "/api/events", body=body).status, 202)
            self.assertEqual(stream.event()["data"], compact)
            self.assertIn('"data":' + compact + "}", batches.event()["data"])

    def test_a_header_that_is_no_integer_leaves_the_word_to_the_query(self):
        ids = publish_many(self.url, 3)
        with EventStream(self.url, f"?lastEventId={ids[0]}", ["Last-Event-ID: nonsense"]) as stream:
            self.assertEqual(stream.ids(2), ids[1:])

    def test_wrong_forms_are_refused(self):
        for query in ("?mode=x", "?batch=x", "?batch=2h", "?latest=0", "?mode=delta&batch=1s", "?batch=1"):
            with self.subTest(query):
                self.assertEqual(ask(self.url, "GET", "/api/events" + query).status, 400)

    def test_a_peer_that_leaves_is_counted_out(self):
        streams = [EventStream(self.url) for _ in range(3)]
        for stream in streams:
            stream.block()
        self.assertEqual(self.open_streams(), 3)
        streams[0].connection.close()
        wait_until(lambda: self.open_streams() == 2, "the close to be noticed", 5)
        streams[1].connection.socket.shutdown(socket.SHUT_WR)
        wait_until(lambda: self.open_streams() == 1, "the half-close to be noticed", 5)
        streams[2].connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        streams[2].connection.close()
        wait_until(lambda: self.open_streams() == 0, "the reset to be noticed", 5)
        streams[1].connection.close()

    def test_events_sent_are_counted_once_per_subscriber(self):
        with EventStream(self.url) as one, EventStream(self.url) as two:
            one.block(), two.block()
            before = metric(self.url, "rtctl_events_sent_total")
            ids = publish_many(self.url, 20)
            self.assertEqual((one.ids(20), two.ids(20)), (ids, ids))
            wait_until(lambda: metric(self.url, "rtctl_events_sent_total") == before + 40, "40 events counted")

    def test_idempotency_key(self):
        body = '{"data":"once"}'
        answers = {ask(self.url, "POST", "/api/events", ["Idempotency-Key: k1"], body).body for _ in range(3)}
        self.assertEqual(len(answers), 1)


class GzipTest(Served):
    def test_late_joiners_share_one_stream_and_end_in_order(self):
        bodies = []
        for i in range(4):
            stream = EventStream(self.url, headers=["Accept-Encoding: gzip", "Last-Event-ID: 0"])
            self.assertEqual(stream.head.field("content-encoding"), "gzip")
            self.assertIn("Accept-Encoding", stream.head.field("vary"))
            bodies.append(stream)
            publish(self.url, f"number {i}")
        decoders = []
        for stream in bodies:  # every event is there before the stream ends
            decoder, text = zlib.decompressobj(31), b""
            seen = b""
            while b"number 3" not in text:
                if not stream.connection.buffer:
                    self.assertTrue(stream.connection.receive())
                seen += stream.connection.buffer
                text += decoder.decompress(stream.connection.buffer)
                stream.connection.buffer = b""
            decoders.append((stream, seen, text))
        self.server.send(signal.SIGTERM)
        for stream, seen, text in decoders:
            whole = gzip.decompress(seen + stream.connection.rest()).decode()  # checks CRC and length
            self.assertTrue(whole.startswith(text.decode()))
            self.assertEqual(whole.count("data: number"), 4)
            self.assertIn("retry: ", whole.split("number 3")[1])
            stream.connection.close()
        self.assertEqual(self.server.wait(), 143)


class HeartbeatTest(Served):
    flags = (*QUIET, "--heartbeat", "200ms")

    def test_silence_is_broken(self):
        with EventStream(self.url) as stream:
            stream.block()
            self.assertEqual([stream.block(), stream.block()], [": heartbeat"] * 2)


def vanish(peer):
    """From here on the socket's kernel end hears nothing and answers nothing: a filter that takes no packet."""
    take_nothing = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: return 0
    program = struct.pack("HP", 1, ctypes.addressof(take_nothing))
    peer.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


class VanishTest(Served):
    flags = (*QUIET, "--heartbeat", "1s")

    def test_who_vanishes_without_a_word_is_counted_out_within_three_heartbeats(self):
        streams = [EventStream(self.url) for _ in range(8)]
        for stream in streams:
            stream.block()
        with EventStream(self.url) as good:
            good.block()
            for stream in streams:
                vanish(stream.connection.socket)
                time.sleep(0.13)  # at different moments between two heartbeats
            wait_until(lambda: self.open_streams() == 1, "the vanished to be counted out", 3)
            self.assertEqual(publish(self.url, 1), good.ids(1)[0])
        for stream in streams:
            stream.connection.close()


class NoHeartbeatTest(Served):
    flags = (*QUIET, "--heartbeat", "0")

    def test_silence_stays_silence(self):
        with EventStream(self.url, "?topic=t") as stream:
            stream.block()
            self.assertFalse(closed_within(stream.connection, 2))
            self.assertEqual(stream.connection.buffer, b"")
            number = publish(self.url, 1, topic="t")
            self.assertEqual(stream.ids(1), [number])


class SmallHistoryTest(Served):
    flags = (*QUIET, "--history-size", "64KiB")

    def test_an_event_too_large_for_the_history_costs_none_of_it(self):
        ids = publish_many(self.url, 20)
        for _ in range(3):
            refused = ask(self.url, "POST", "/api/events", body=json.dumps({"data": "x" * 40000}))
            self.assertEqual((refused.status, refused.field("content-type")), (413, "application/problem+json"))
        with EventStream(self.url, f"?lastEventId={ids[0]}") as stream:
            self.assertEqual(stream.ids(19), ids[1:])


class TickTest(Served):
    flags = ("--tick", "50ms", "--threads", "2")

    def test_ticks(self):
        with EventStream(self.url, "?topic=") as stream:
            events = stream.events(5)
            ids = [int(event["id"]) for event in events]
            self.assertEqual(ids, list(range(ids[0], ids[0] + 5)))
            for event in events:
                tick = json.loads(event["data"])
                self.assertRegex(tick["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
                self.assertTrue(0 <= tick["value"] < 1)


class SlowTest(Served):
    flags = (*QUIET, "--outbox", "64KiB")

    def test_who_does_not_read_is_cut_and_nobody_waits(self):
        slow = EventStream(self.url)
        with EventStream(self.url) as good:
            good.block()
            payload = "x" * 60000
            sent = 0
            while metric(self.url, 'rtctl_subscribers_cut_total{reason="slow"}') == 0:
                sent += 1
                self.assertLess(sent, 1000, "the slow subscriber should have been cut by now")
                number = publish(self.url, payload)
                self.assertEqual(good.ids(1), [number])
            self.assertEqual(self.open_streams(), 1)
        slow.connection.close()


class GapTest(Served):
    flags = (*QUIET, "--history", "10")

    def test_what_is_gone_is_announced(self):
        last = publish_many(self.url, 100)[-1]
        with EventStream(self.url, "?lastEventId=1") as stream:
            gap = stream.event()
            self.assertEqual((gap["event"], "id" in gap), ("gap", False))
            told = json.loads(gap["data"])
            self.assertEqual(told["missed"], told["oldest"] - 2)
            rest = stream.ids(last - told["oldest"] + 1)
            self.assertEqual(rest, list(range(told["oldest"], last + 1)))
            self.assertTrue(10 <= len(rest) <= 20)
        with EventStream(self.url, headers=["Last-Event-ID: 100000"]) as stream:
            self.assertIsNone(json.loads(stream.event()["data"])["missed"])
        with EventStream(self.url, headers=["Last-Event-ID: nonsense"]) as stream:
            stream.block()
            number = publish(self.url, 1)
            self.assertEqual(stream.ids(1), [number])


class RestartTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.store = "sqlite:" + os.path.join(folder.name, "store.db")

    def start(self, *flags):
        server, url = serve("--store", self.store, *QUIET, *flags)
        self.addCleanup(server.__exit__)
        return server, url

    def test_ids_and_history_outlive_kill_9(self):
        acknowledged = []
        for _ in range(3):
            server, url = self.start()
            acknowledged += publish_many(url, 20, topic="t")
            server.send(signal.SIGKILL)
            server.wait()
        _, url = self.start()
        with EventStream(url, "?lastEventId=0&topic=t") as stream:
            self.assertEqual(stream.ids(60), acknowledged)
        with EventStream(url, "?lastEventId=0") as stream:  # ticks as well: no id is missing or given twice
            self.assertEqual(stream.ids(acknowledged[-1]), list(range(1, acknowledged[-1] + 1)))

    def test_a_second_server_is_kept_out_and_told_by_whom(self):
        server, url = self.start()
        with self.assertRaisesRegex(AssertionError, "exit 2"):
            self.start()
        server.send(signal.SIGTERM)
        self.assertEqual(server.wait(), 143)
        self.start()


class DrainTest(Served):
    def test_streams_are_told_to_come_back_at_different_times(self):
        streams = [EventStream(self.url) for _ in range(5)]
        for stream in streams:
            stream.block()
        self.server.send(signal.SIGINT)
        retries = set()
        for stream in streams:
            last = stream.connection.rest().decode()
            self.assertRegex(last, r"^retry: \d+\n\n$")
            retries.add(last)
            stream.connection.close()
        self.assertGreater(len(retries), 1)
        self.assertEqual(self.server.wait(), 130)


if __name__ == "__main__":
    unittest.main()
