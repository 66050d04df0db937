"""A process that foresees: a House as a line of JSON in, a HouseForeseen as a line of JSON out, until its input ends.

It is a process of its own because the compiled code keeps a core busy and its import takes seconds, and reads its
input so that it ends with whoever started it.
"""

from __future__ import annotations

import os
import sys

import msgspec

from .model import House
from .whole import Foresight


def main() -> None:
    """Answer until the input ends."""
    os.nice(10)
    foresight = Foresight()
    decoder = msgspec.json.Decoder(House)
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(foresight.house(decoder.decode(line))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
