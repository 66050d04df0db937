"""What is loaded, portion by portion, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from xinglin.foundation.errors import XinglinError

Kind = Literal["lines", "document"]


@dataclass(frozen=True, slots=True)
class Portion:
    """A piece of a file that is loaded in one transaction: lines of NDJSON, or a document as a whole.

    ``digest`` is that of the file. Bytes are counted in what the file holds when it is not compressed.
    ``too_long`` are numbers of lines whose text was left out because nobody may send so long a resource.
    ``is_last_try``: nothing more will come that a reference could wait for.
    """

    digest: bytes
    kind: Kind
    low_byte: int
    high_byte: int
    first_line: int
    text: bytes
    too_long: tuple[int, ...] = ()
    is_last_try: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a line, or the entry of a Bundle, was not taken."""

    line: int
    english: str
    chinese: str
    entry: int | None = None

    @staticmethod
    def of(error: XinglinError, line: int, entry: int | None = None) -> Refusal:
        return Refusal(line, error.english, error.chinese, entry)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many resources now stand as the file says, how many of them are new, and how many were refused."""

    taken: int = 0
    created: int = 0
    refused: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.taken + other.taken, self.created + other.created, self.refused + other.refused)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a portion. ``waits``: it refers to what is not there yet, and nothing was written.
    ``was_done``: an earlier load had it, whose tally this is."""

    tally: Tally = Tally()
    waits: bool = False
    was_done: bool = False
