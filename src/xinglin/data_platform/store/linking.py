"""References between the entries of one bundle, replaced by what the entries became
(hl7.org/fhir/R4/http.html#trules).

Works on the compact text of a resource, so that nothing else in it changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from xinglin.foundation.errors import Category, XinglinError

_URN = re.compile(rb'"urn:(?:uuid|oid):[^"\\]*"')
_REFERENCE = re.compile(rb'"reference":"(?P<target>[^"\\]+)"')
_IN_NARRATIVE = re.compile(rb'(?<==\\")urn:(?:uuid|oid):[^"\\]*(?=\\")')
_NOT_LINKS = frozenset({b"value", b"valueString", b"display", b"id", b"fullUrl"})


def conditional_references(text: bytes) -> Iterator[str]:
    """The conditional references in ``text``: ``Patient?identifier=system|value``."""
    if b"?" in text:
        for match in _REFERENCE.finditer(text):
            target = match["target"].decode()
            if is_conditional(target):
                yield target


def is_conditional(reference: str) -> bool:
    return "?" in reference and reference[:1].isupper()


class Links:
    """What full URLs, and references as written, became: ``Type/id`` by each."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._beyond_urns = any(not place.startswith("urn:") for place in places)

    def apply(self, text: bytes, path: str) -> bytes:
        """``text`` with every link replaced. Raises INVALID for a Reference to a ``urn:`` that no entry has;
        ``path`` names the entry."""
        if b'"urn:' in text:
            text = _URN.sub(lambda match: self._urn(match, path), text)
        if b'\\"urn:' in text:
            text = _IN_NARRATIVE.sub(self._narrative, text)
        if self._beyond_urns:
            text = _REFERENCE.sub(self._reference, text)
        return text

    def _urn(self, match: re.Match[bytes], path: str) -> bytes:
        key, urn = _key_before(match), match[0][1:-1].decode()
        if key in _NOT_LINKS:
            return match[0]
        place = self._places.get(urn)
        if place is not None:
            return b'"%b"' % place.encode()
        if key == b"reference":
            raise _dangling(urn, path)
        return match[0]

    def _narrative(self, match: re.Match[bytes]) -> bytes:
        return self._places.get(match[0].decode(), match[0].decode()).encode()

    def _reference(self, match: re.Match[bytes]) -> bytes:
        place = self._places.get(match["target"].decode())
        return match[0] if place is None else b'"reference":"%b"' % place.encode()


def _key_before(match: re.Match[bytes]) -> bytes:
    """The name of the property whose value was found; empty for an item of an array."""
    text, end = match.string, match.start() - 2
    if text[end : end + 2] != b'":':
        return b""
    return text[text.rfind(b'"', 0, end) + 1 : end]


def _dangling(urn: str, path: str) -> XinglinError:
    return XinglinError(
        Category.INVALID,
        f"{path}: the reference {urn} is to no entry of this Bundle",
        f"{path}：引用 {urn} 在本 Bundle 中没有对应条目",
        expression=path,
        issue_code="not-found",
    )
