"""What an ordered criterion asks, cut into stretches: each a piece of one index, so that a page can be read off it
in its order instead of sorting all hits (decision 0012)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .query import Query, either


@dataclass(frozen=True, slots=True)
class Branch:
    """A condition on an ordered value ``s``; ``by_end`` where the index of ranges by their end answers it."""

    condition: str
    by_end: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Ordered values of ``kind`` under one of ``paths`` that meet one of ``branches``; the row itself must meet
    ``besides``, empty for nothing."""

    kind: str
    paths: tuple[int, ...]
    branches: tuple[Branch, ...]
    besides: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One branch of one path."""

    kind: str
    path: int
    branch: Branch
    besides: str


def stretches(spans: Sequence[Span]) -> list[Stretch]:
    """The stretches of ``spans``, in the order in which pages go through them. They may overlap."""
    return [
        Stretch(span.kind, path, branch, span.besides)
        for span in spans
        for path in span.paths
        for branch in span.branches
    ]


def any_of(query: Query, spans: Sequence[Span]) -> str:
    """The condition that the row has a value in one of ``spans``."""
    plain, besides = [], []
    for span in spans:
        keys = query.keys_within(span.kind, span.paths, either([one.condition for one in span.branches]))
        if span.besides:
            besides.append(f"{span.besides} AND {query.among([keys])}")
        else:
            plain.append(keys)
    return either(besides + ([query.among(plain)] if plain else []))
