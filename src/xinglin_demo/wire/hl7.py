"""HL7 v2.5.1 text: fields, components, escapes (chapter 2), and MLLP's frame."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

START_BLOCK = b"\x0b"
END_BLOCK = b"\x1c\r"
ENCODING_CHARACTERS = "^~\\&"
_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\", "\r": None})
_CODECS = {"UNICODE UTF-8": "utf-8", "GB18030": "gb18030"}


def escape(text: str) -> str:
    """Text that may stand in a field: delimiters escaped, line ends as ``\\.br\\``; Chinese stays."""
    return text.translate(_ESCAPES).replace("\n", "\\.br\\")


def parts(*texts: str) -> str:
    """Components of one field, each escaped; empty ones at the end are left out."""
    return "^".join(map(escape, texts)).rstrip("^")


def repeats(*fields: str) -> str:
    """Repetitions of one field, already composed."""
    return "~".join(field for field in fields if field)


def segment(name: str, fields: dict[int, str]) -> str:
    """A segment from its composed fields by number; the rest is empty."""
    last = max(fields, default=0)
    return "|".join([name, *(fields.get(number, "") for number in range(1, last + 1))])


def header(fields: dict[int, str]) -> str:
    """The MSH segment; MSH-1 and MSH-2 are given by the encoding characters."""
    rest = [fields.get(number, "") for number in range(3, max(fields) + 1)]
    return "|".join(["MSH", ENCODING_CHARACTERS, *rest])


def stamp(moment: datetime) -> str:
    """A TS with milliseconds and offset: ``20261122083000.250+0800``."""
    return f"{moment:%Y%m%d%H%M%S}.{moment.microsecond // 1000:03d}{moment:%z}"


def encode(segments: list[str], charset: str) -> bytes:
    """The message in the charset that its MSH-18 names."""
    return ("\r".join(segments) + "\r").encode(_CODECS[charset])


def frame(message: bytes) -> bytes:
    return START_BLOCK + message + END_BLOCK


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the receiver said: MSA-1 (``AA``, ``CA``, ``AE``, ...), MSA-2 and its explanation."""

    code: str
    control_id: str
    text: str

    @property
    def accepted(self) -> bool:
        return self.code in ("AA", "CA")


def read_acknowledgement(message: bytes) -> Acknowledgement | None:
    """The MSA segment of an answer, with its reason from MSA-3 or ERR; None when there is no MSA."""
    segments = [line.split("|") for line in message.decode("utf-8", "replace").split("\r")]
    for fields in segments:
        if fields[0] == "MSA" and len(fields) > 2:
            errors = " ".join("|".join(other[1:]) for other in segments if other[0] == "ERR")
            text = fields[3] if len(fields) > 3 else ""
            return Acknowledgement(fields[1], fields[2], text or errors)
    return None
