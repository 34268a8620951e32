"""Fails when a folder of src/ includes one that the design does not let it see.

Usage: layers.py SOURCE_DIR, or layers.py --self-test
"""
import pathlib
import re
import sys

# A layer, and the layers whose headers it may include besides its own, `base` and `rtctl` (include/).
MAY_INCLUDE = {
    "base": [],
    "sse": [],
    "metrics": [],
    "scenario": ["metrics"],
    "report": ["metrics"],
    "net": [],
    "proxy": [],
    "client": ["net", "sse"],
    "check": ["client", "net", "sse"],
    "engine": ["client", "net", "sse", "scenario", "metrics", "proxy"],
    "server": ["sse"],
    "cluster": ["engine", "client", "net", "sse", "scenario", "metrics", "proxy", "server"],
    "cli": None,  # everything
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"/]+)/[^"]*"')


def violations(layer, name, text):
    """Yields a message for each forbidden include in one file of `layer`."""
    allowed = MAY_INCLUDE[layer]
    if allowed is None:
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match and match[1] not in {layer, "base", "rtctl", *allowed}:
            seen = ", ".join(["base", *allowed])
            yield f"{name}:{number}: {layer} may not include {match[1]} (it may see {seen})"


def self_test():
    assert list(violations("sse", "x.cpp", '#include "net/transport.hpp"\n'))
    assert not list(violations("client", "x.cpp", '#include "net/transport.hpp"\n#include <a/b>\n'))
    assert list(violations("base", "x.cpp", '#include "base/a.hpp"\n#include "cli/app.hpp"\n'))


def main():
    self_test()
    if sys.argv[1] == "--self-test":
        return 0
    root = pathlib.Path(sys.argv[1])
    found = []
    files = 0
    for path in sorted(root.glob("src/*/**/*.?pp")):
        layer = path.relative_to(root / "src").parts[0]
        if layer not in MAY_INCLUDE:
            found.append(f"{path}: the folder src/{layer} is not in the design (tests/layers.py)")
            continue
        files += 1
        found += violations(layer, path.relative_to(root), path.read_text())
    for path in root.glob("include/rtctl/*.hpp"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match and match[1] != "rtctl":
                found.append(f"{path.relative_to(root)}:{number}: the public headers include only each other")
    print("\n".join(found) or f"{files} files keep to the layers")
    return 1 if found or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
