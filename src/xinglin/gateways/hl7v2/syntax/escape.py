r"""Escape sequences (HL7 v2 chapter 2, "Use of escape sequences in text fields")."""

from __future__ import annotations

import re
from functools import lru_cache

_BREAKS = (".br", ".sp", ".ce")
_FORMAT = re.compile(r"\.(?:br|sp\+?\d*|ce|in[+-]?\d*|ti[+-]?\d*|fi|nf|sk\d*)$")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


@lru_cache(maxsize=16)
def _sequence(escape_character: str) -> re.Pattern[str]:
    mark = re.escape(escape_character)
    return re.compile(f"{mark}([^{mark}\r\n]*){mark}")


def unescape(text: str, delimiters: str, codec: str = "utf-8") -> str:
    """Resolve the sequences of ``text``; ``delimiters`` is field separator plus MSH-2, such as ``|^~\\&``.

    Delimiter, line-break and hexadecimal sequences become what they stand for, highlighting and layout
    are left out, and a sequence that is not known stays as it is written. Control characters that FHIR
    forbids become U+FFFD.
    """
    mark = delimiters[3:4]
    if mark and mark in text:
        text = _sequence(mark).sub(lambda found: _resolve(found, delimiters, codec), text)
    return _CONTROL.sub("�", text) if not text.isprintable() else text


def escape(text: str, delimiters: str = "|^~\\&") -> str:
    """``text`` as it may stand in a field: only delimiters and line ends are escaped, never Chinese."""
    field, component, repetition, mark, subcomponent = tuple(delimiters[:5])
    pieces = {
        mark: f"{mark}E{mark}",
        field: f"{mark}F{mark}",
        component: f"{mark}S{mark}",
        repetition: f"{mark}R{mark}",
        subcomponent: f"{mark}T{mark}",
        "\r": f"{mark}X0D{mark}",
        "\n": f"{mark}X0A{mark}",
    }
    return "".join(pieces.get(character, character) for character in text)


def _resolve(found: re.Match[str], delimiters: str, codec: str) -> str:
    body = found.group(1)
    place = "FSRET".find(body) if len(body) == 1 else -1
    if place >= 0 and place < len(delimiters):
        return delimiters[place]
    if body in ("H", "N"):
        return ""
    if body.startswith(_BREAKS):
        return "\n"
    if _FORMAT.match(body):
        return ""
    if body.startswith("X"):
        return _hexadecimal(body[1:], codec) or found.group(0)
    return found.group(0)


def _hexadecimal(digits: str, codec: str) -> str:
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        return ""
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return data.decode("iso8859-1")
