"""One part in a process of its own: `python -m bench.part PART FILE SCALE`, a row a line."""

import json
import os
import signal
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

MODULES = {"import": "imports"}  # the word is taken


def main(part: str, data: str, scale: str) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # books and servers are put away
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what programs print that are measured is not a row
    for row in import_module(f"bench.{MODULES.get(part, part)}").rows(Path(data), int(scale)):
        out.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
        out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
