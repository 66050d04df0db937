"""A process that tries plans: a Question as a line of JSON in, an Answer or Refused as a line out, until its input
ends. Beside foresight's own, so that a question never holds the minute's forecast up."""

from __future__ import annotations

import os
import sys

import msgspec

from xinglin.foundation.errors import XinglinError

from .model import Answer, Question, Refused
from .trying import try_change


def main() -> None:
    """Answer until the input ends."""
    os.nice(10)
    decoder = msgspec.json.Decoder(Question)
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(_answer(decoder.decode(line))) + b"\n")
        sys.stdout.buffer.flush()


def _answer(asked: Question) -> Answer | Refused:
    try:
        return try_change(asked)
    except XinglinError as error:
        return Refused(error.english, error.chinese, error.expression or "")


if __name__ == "__main__":
    main()
