"""The benchmarks still work: their arithmetic, and a few rows at a hundredth of their size."""
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from benchmark import capture, truth_rows  # noqa: E402

BUILD = pathlib.Path(os.environ.get("RTCTL_BINARY", "build/dev/rtctl")).resolve().parent


def segment(seconds, microseconds, sequence, data, port=40000):
    tcp = struct.pack(">HHIIBBHHH", 8080, port, sequence, 0, 8 << 4, 0x18, 512, 0, 0) + bytes(12)  # with options
    size = 20 + len(tcp) + len(data)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 64, 6, 0, bytes([127, 0, 0, 1]), bytes([127, 0, 0, 1]))
    frame = bytes(12) + b"\x08\x00" + ip + tcp + data
    return struct.pack("<IIII", seconds, microseconds, len(frame), len(frame)) + frame


class Capture(unittest.TestCase):
    def test_times_end_with_the_last_byte_and_repeats_do_not_count(self):
        begin = b'data: {"timestamp":"1970-01-01T00:01:40.500000Z"'
        header = struct.pack("<IHHiIII", capture.MAGIC_MICROSECONDS, 2, 4, 0, 0, 65535, capture.ETHERNET)
        with tempfile.NamedTemporaryFile() as file:
            file.write(header)
            file.write(segment(100, 600_000, 1000, b"HTTP/1.1 200 OK\r\n\r\n" + begin))
            file.write(segment(100, 650_000, 7, b'data: {"timestamp":"1970-01-01T00:01:40.600000Z"}\n\n', port=40001))
            file.write(segment(100, 700_000, 1000 + 19 + len(begin), b"}\n\n: heartbeat\n\n"))
            file.write(segment(100, 900_000, 1000 + 19 + len(begin), b"}\n\n: heartbeat\n\n"))  # sent again
            file.flush()
            self.assertEqual([round(late, 6) for late in capture.deliveries(file.name)], [0.05, 0.2])


class StalledQuantile(unittest.TestCase):
    def test_agrees_with_counting_the_arrivals(self):
        stalls, seconds, rate = [1.0, 1.1, 0.9], 30, 1000
        waits = [length - number / rate for length in stalls for number in range(int(length * rate))]
        waits = sorted(waits + [0.0] * (seconds * rate - len(waits)))
        for q in (0.95, 0.99, 0.999):
            counted = truth_rows.exact_quantile(waits, q)
            self.assertAlmostEqual(truth_rows.stalled_quantile(stalls, seconds, q), counted, delta=0.002)


class Rows(unittest.TestCase):
    def test_small_rows_run(self):
        rows = ["T1", "C4D", "C6D", "S1", "X2"]
        done = subprocess.run([sys.executable, HERE / "run", "--build", BUILD, "--rounds", "1", "--seconds", "1", "--scale", "0.01",
                               *rows], capture_output=True, text=True, timeout=200)
        self.assertNotIn("not measured", done.stdout, done.stderr)
        self.assertIn(done.returncode, (0, 1), done.stderr)  # 1: short, which says nothing at this size
        for row in rows:
            self.assertRegex(done.stdout, rf"(?mi)^{row} [^\t]+\t[\d.e+-]+\t\S[^\t]*\t[\d.e+-]+\t[^\t]+\t(ok|short)$")


if __name__ == "__main__":
    unittest.main()
