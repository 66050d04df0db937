"""Narratives: text that is shown as it is and must hold nothing that acts (hl7.org/fhir/R4/narrative.html)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

from xinglin.foundation.errors import Category, XinglinError

_TAG_WORDS = """
    a abbr acronym address b big blockquote br caption center cite code col colgroup dd del dfn div dl dt em font h1 h2
    h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead
    tr tt u ul var
"""
_ATTRIBUTE_WORDS = """
    abbr align alt axis bgcolor border cellpadding cellspacing char charoff charset cite class color colspan compact
    coords dir face frame headers height href hreflang hspace id lang longdesc name nowrap rowspan rules scope shape
    size span src start style summary tabindex title type valign value vspace width xml:lang xmlns
"""
_TAGS = frozenset(_TAG_WORDS.split())
_ATTRIBUTES = frozenset(_ATTRIBUTE_WORDS.split())
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "urn", "data", "cid"})
_PLAIN_ATTRIBUTES = "class|id|style|title|lang|xml:lang|dir|xmlns|colspan|rowspan|align|valign|width|border|name"
_PLAIN = re.compile(
    rf"""(?:[^<]|</?(?:{"|".join(sorted(_TAGS, key=len, reverse=True))})"""
    rf"""(?:\s+(?:{_PLAIN_ATTRIBUTES})="[^"<>&\\(]*")*\s*/?>)*+""",
    re.ASCII,
)
_SHOWN_CHARACTERS = 100


def check_narratives(resource: Mapping[str, Any], text: bytes) -> None:
    """Raise UNPROCESSABLE where a ``div`` in ``resource`` holds what a narrative must not: elements beyond formatting,
    event attributes, addresses that run. It is refused and not mended, since a narrative that was signed or generated
    must stay what its author wrote. ``text`` is the resource as it came, by which most are told to have none."""
    if b'"div"' not in text:
        return
    for place, div in _narratives(resource, str(resource.get("resourceType", ""))):
        if _PLAIN.fullmatch(div) is None and (lost := _acting(div)):
            raise XinglinError(
                Category.UNPROCESSABLE,
                f"{place}: a narrative holds formatted text and images only, not {lost[:_SHOWN_CHARACTERS]}",
                f"{place}：叙述文本只能包含格式化文字与图片，不能包含 {lost[:_SHOWN_CHARACTERS]}",
                expression=place,
                issue_code="invariant",
            )


def _narratives(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "div" and isinstance(inner, str):
                yield f"{place}.div", inner
            elif isinstance(inner, Mapping | list):
                yield from _narratives(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _narratives(inner, f"{place}[{number}]")


def _acting(div: str) -> str:
    """The first thing that a browser's parser finds in ``div`` beyond what is allowed; empty for nothing."""
    import nh3  # most narratives are plain and need no parser

    attributes = {tag: set(_ATTRIBUTES) for tag in _TAGS}
    clean = nh3.clean(
        div,
        tags=set(_TAGS),
        clean_content_tags=set(),
        attributes=attributes,
        url_schemes=set(_SCHEMES),
        strip_comments=False,
        link_rel=None,
    )
    given = _parts_of(div)
    running = (part for part in given if part.startswith("an address of data"))
    return next(iter(given - _parts_of(clean)), next(running, ""))


def _parts_of(div: str) -> Counter[str]:
    reader = _Reader()
    reader.feed(div)
    reader.close()
    return reader.parts


class _Reader(HTMLParser):
    """Counts elements, and attributes with their values."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts[f"<{tag}>"] += 1
        for name, value in attrs:
            self.parts[f"{name} in <{tag}>"] += 1
            if value and name != "src" and "".join(value.split()).lower().startswith("data:"):
                self.parts[f"an address of data in {name}"] += 1
