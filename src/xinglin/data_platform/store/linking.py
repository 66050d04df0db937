"""References between the entries of one bundle, replaced by what the entries became
(hl7.org/fhir/R4/http.html#trules, bundle.html#references).

Works on the compact text of a resource, so that nothing else in it changes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

import orjson

from xinglin.foundation.errors import Category, XinglinError

_URN = re.compile(rb'"urn:(?:uuid|oid):[^"\\]*"')
_REFERENCE = re.compile(rb'"reference":("(?:[^"\\]|\\.)+")')
_IN_NARRATIVE = re.compile(rb"""(?P<before>(?:href|src)=(?:\\"|'))(?P<target>[^"'\\<>]+)""")
_NOT_LINKS = frozenset({b"value", b"valueString", b"display", b"id", b"fullUrl", b"system"})


def conditional_references(text: bytes) -> Iterator[str]:
    """The conditional references in ``text``: ``Patient?identifier=system|value``."""
    if b"?" in text:
        for match in _REFERENCE.finditer(text):
            target = _read(match[1])
            if is_conditional(target):
                yield target


def is_conditional(reference: str) -> bool:
    return "?" in reference and reference[:1].isupper()


def root_of(full_url: str | None, type_: str) -> str | None:
    """The FHIR base that ``full_url`` lies under, where it is the URL of a ``type_`` on some server."""
    if full_url is None or full_url.startswith("urn:"):
        return None
    root, _, rest = full_url.rpartition(f"/{type_}/")
    return root if rest and "/" not in rest else None


class Links:
    """What full URLs became, and what conditional references were found to mean: ``Type/id`` by each.

    A relative reference is read against the base of the full URL of the entry that has it; where that is of no
    server, against the one entry whose full URL ends so. ``created`` are the places whose first version this
    bundle makes, so that a reference to a version stays one.
    """

    def __init__(
        self,
        places: Mapping[str, str],
        conditions: Mapping[str, str] | None = None,
        created: Collection[str] = (),
    ) -> None:
        self._places = places
        self._conditions = conditions or {}
        self._created = created
        self._relative: dict[str, str | None] = {}
        for url, place in places.items():
            parts = url.rsplit("/", 2)
            if len(parts) == 3 and not url.startswith("urn:"):
                short = f"{parts[1]}/{parts[2]}"
                self._relative[short] = place if self._relative.get(short, place) == place else None
        self._beyond_urns = bool(self._conditions or self._relative)

    def apply(self, text: bytes, path: str, root: str | None = None) -> bytes:
        """``text`` with every link replaced. Raises INVALID for a Reference to a ``urn:`` that no entry has;
        ``path`` names the entry, ``root`` is the base of its full URL."""
        text = self.apply_urns(text, path)
        if self._beyond_urns:
            text = _REFERENCE.sub(lambda match: self._reference(match, root), text)
        if self._places and (b"href=" in text or b"src=" in text):
            text = _IN_NARRATIVE.sub(lambda match: self._narrative(match, root), text)
        return text

    def apply_urns(self, text: bytes, path: str) -> bytes:
        """As ``apply``, of URNs alone: for text that is not all of this bundle, such as a patched resource, whose
        relative references are to what this server has."""
        if b'"urn:' in text:
            text = _URN.sub(lambda match: self._urn(match, path), text)
        return text

    def _urn(self, match: re.Match[bytes], path: str) -> bytes:
        key = _key_before(match)
        if key in _NOT_LINKS:
            return match[0]
        urn, mark, fragment = match[0][1:-1].decode(), "", ""
        if b"#" in match[0]:
            urn, mark, fragment = urn.partition("#")
        place = self._places.get(urn)
        if place is not None:
            return b'"%b"' % (place + mark + fragment).encode()
        if key == b"reference":
            raise _dangling(urn, path)
        return match[0]

    def _reference(self, match: re.Match[bytes], root: str | None) -> bytes:
        target = _read(match[1])
        place = self._conditions.get(target) or self._place(target, root)
        return match[0] if place is None else b'"reference":%b' % orjson.dumps(place)

    def _narrative(self, match: re.Match[bytes], root: str | None) -> bytes:
        place = self._place(match["target"].decode(), root)
        return match[0] if place is None else match["before"] + place.encode()

    def _place(self, target: str, root: str | None) -> str | None:
        target, mark, fragment = target.partition("#")
        target, history, version = target.partition("/_history/")
        place = self._places.get(target)
        if place is None and "://" not in target and not target.startswith("urn:"):
            place = self._relative.get(target) if root is None else self._places.get(f"{root}/{target}")
        if place is None:
            return None
        if history:
            place += history + ("1" if place in self._created else version)
        return place + mark + fragment


def _read(text: bytes) -> str:
    if b"\\" not in text:
        return text[1:-1].decode()
    found = orjson.loads(text)
    assert isinstance(found, str)
    return found


def _key_before(match: re.Match[bytes]) -> bytes:
    """The name of the property whose value was found; empty for an item of an array."""
    text, end = match.string, match.start() - 2
    if text[end : end + 2] != b'":':
        return b""
    return text[text.rfind(b'"', 0, end) + 1 : end]


def _dangling(urn: str, path: str) -> XinglinError:
    return XinglinError(
        Category.INVALID,
        f"{path}: the reference {urn[:200]} is to no entry of this Bundle",
        f"{path}：引用 {urn[:200]} 在本 Bundle 中没有对应条目",
        expression=path,
        issue_code="not-found",
    )
