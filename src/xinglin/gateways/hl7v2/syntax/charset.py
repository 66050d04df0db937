"""Which characters the bytes of a message mean (MSH-18, HL7 table 0211), found before anything is split.

464 Chinese characters have a GBK second byte that equals an HL7 delimiter, so bytes must never be split.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..failure import Refused


@dataclass(frozen=True, slots=True)
class Charset:
    """A character set as MSH-18 names it and as Python decodes it."""

    name: str
    codec: str


# GB2312 and GBK are read as GB18030, which contains both.
_CODECS = {
    "ASCII": "ascii",
    "ISO IR6": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE": "utf-8",
    "GB 18030-2000": "gb18030",
    "GB18030-2000": "gb18030",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "BIG-5": "big5",
    "BIG5": "big5",
    "ISO-8859-1": "iso8859-1",
    "LATIN-1": "iso8859-1",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
_UTF_8 = Charset("UNICODE UTF-8", "utf-8")


def charset_named(name: str) -> Charset | None:
    """The character set of a name in MSH-18, or ``None`` for one that is not known."""
    codec = _CODECS.get(name.strip().upper())
    return Charset(name.strip(), codec) if codec else None


def decode(raw: bytes, when_absent: str) -> tuple[str, Charset]:
    """The text of a message and its character set.

    An empty MSH-18 is read as UTF-8 where the bytes are valid UTF-8, otherwise as ``when_absent``. Raises
    ``Refused`` for no MSH segment (100), a character set that is not known (103), bytes that do not fit
    it, and NUL characters (102). Nothing is guessed and no character is replaced.
    """
    named = _declared(raw)
    if named:
        charset = charset_named(named)
        if charset is None:
            raise Refused(103, f"character set {named[:40]!r} is not known", location="MSH^1^18")
    else:
        charset = _undeclared(raw, when_absent)
    try:
        text = raw.decode(charset.codec)
    except UnicodeDecodeError as error:
        raise Refused(
            102, f"byte {error.start} is not {charset.name} as MSH-18 declares", location="MSH^1^18"
        ) from None
    if "\x00" in text:
        raise Refused(102, f"NUL character at position {text.index(chr(0))}")
    return text, charset


def _undeclared(raw: bytes, when_absent: str) -> Charset:
    if raw.isascii():
        return _UTF_8
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return charset_named(when_absent) or _UTF_8
    return _UTF_8


def _declared(raw: bytes) -> str:
    """MSH-18's first repetition, read from the bytes; empty when absent."""
    if raw[:3] != b"MSH" or len(raw) < 9:
        raise Refused(100, "the message does not begin with an MSH segment", location="MSH")
    if not 0x21 <= raw[3] <= 0x7E or raw[3:4].isalnum():
        raise Refused(100, "the character after MSH is no field separator", location="MSH^1^1")
    line = raw.split(b"\r", 1)[0].split(b"\n", 1)[0]
    named = _eighteenth(line.split(raw[3:4]))
    if not line.isascii() and charset_named(named) is None:
        # A Chinese facility name may hold a byte that looks like the separator: count again in characters.
        counted = line.decode("gb18030", "replace").split(chr(raw[3]))
        again = counted[17].split(chr(raw[5]))[0].strip() if len(counted) > 17 else ""
        if again and charset_named(again):
            return again
    return named


def _eighteenth(fields: list[bytes]) -> str:
    if len(fields) <= 17:
        return ""
    repetition = fields[1][1:2]
    value = fields[17].split(repetition)[0] if repetition else fields[17]
    return value.decode("ascii", "replace").strip()
