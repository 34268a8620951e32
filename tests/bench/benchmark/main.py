"""Command line, turns with other runs on this machine, printing."""
import argparse
import fcntl
import os
import pathlib
import platform
import subprocess
import sys
import time

from . import client_rows, scale_rows, server_rows, truth_rows
from .processes import Unavailable
from .setting import Setting
from .table import markdown

ROOT = pathlib.Path(__file__).resolve().parents[3]
LOCK = "/tmp/rtctl-bench.lock"
ALWAYS = {row.__name__.upper(): row for module in (client_rows, server_rows, truth_rows) for row in module.ROWS}
WHEN_NAMED = {row.__name__.upper(): row for row in scale_rows.ROWS}
ALL = {**ALWAYS, **WHEN_NAMED}


def parse():
    listing = "\n".join(f"  {name:6} {row.__doc__}" for name, row in ALL.items())
    parser = argparse.ArgumentParser(
        description="Measures rtctl beside its peers; README.md in this folder says how.",
        epilog=f"rows:\n{listing}\n\nWithout a ROW all but {' and '.join(WHEN_NAMED)} are run.",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", type=str.upper, help="C1, S3, ...; a letter alone takes all of its kind")
    parser.add_argument("--build", default=ROOT / "build" / "release", help="where rtctl was built")
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds of each comparison")
    parser.add_argument("--seconds", type=int, default=3, help="of each round")
    parser.add_argument("--scale", type=float, default=1, help="of all counts, for a quick check of the programs")
    options = parser.parse_args()
    wanted = []
    for row in options.rows or ALWAYS:
        found = [row] if row in ALL else [name for name in ALWAYS if len(row) == 1 and name.startswith(row)]
        if not found:
            parser.error(f"there is no row {row}; there are {' '.join(ALL)}")
        wanted += found
    return options, wanted


def machine():
    """What a reader of the table wants to know of where it was made."""
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")]
    return f"{len(names)} × {names[0] if names else platform.machine()}, Linux {platform.release()}, {time.strftime('%Y-%m-%d')}"


def main():
    options, wanted = parse()
    setting = Setting(options)
    table = []
    with open(LOCK if options.scale == 1 else os.devnull, "a", encoding="ascii") as lock:
        for row in wanted:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                for line in ALL[row](setting):
                    table.append(line)
                    print(line.line(), flush=True)
            # The last three: a program printed something else than what is read from it.
            except (Unavailable, subprocess.SubprocessError, OSError, ValueError, LookupError, AttributeError) as why:
                print(row, "-", "-", "-", "-", f"not measured: {why!r}", sep="\t", flush=True)
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)
    setting.close()
    print(f"\n{machine()}\n\n{markdown(table)}")
    return 1 if any(line.verdict == "short" for line in table) else 0


if __name__ == "__main__":
    sys.exit(main())
