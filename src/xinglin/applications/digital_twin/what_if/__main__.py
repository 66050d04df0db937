"""A process that compares: a Question as a line of JSON in, a Comparison as one out, until its input ends."""

from __future__ import annotations

import os
import sys

import msgspec

from .comparing import Comparing
from .model import Question


def main() -> None:
    """Answer until the input ends."""
    os.nice(5)
    comparing = Comparing()
    decoder = msgspec.json.Decoder(Question)
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(comparing.compare(decoder.decode(line))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
