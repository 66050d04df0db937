"""One predecessor tree for each goal and profile: every query after the first is a walk along pointers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf
from typing import Any

from .graph import Graph

_KEPT_BYTES = 64 * 2**20
_NOWHERE = -9999


@dataclass(frozen=True, slots=True)
class Tree:
    """``onward`` gives from each node the next one towards the goal, ``seconds`` what is left."""

    onward: Any
    seconds: Any

    def path(self, start: int) -> list[int]:
        """The nodes from ``start`` to the goal; empty where there is no way."""
        if isinf(self.seconds[start]):
            return []
        found = [start]
        while (following := int(self.onward[found[-1]])) != _NOWHERE:
            found.append(following)
        return found


def grow(graph: Graph, goals: Sequence[int]) -> Tree:
    """The tree of ways to the nearest of ``goals``, by Dijkstra's algorithm."""
    from scipy.sparse.csgraph import dijkstra

    seconds, onward, _ = dijkstra(
        graph.reversed(), directed=True, indices=list(goals), return_predecessors=True, min_only=True
    )
    return Tree(onward.astype("int32"), seconds.astype("float32"))


class Trees:
    """Trees of one graph, those asked for last; as many as fit into 64 MiB."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._kept: OrderedDict[tuple[int, ...], Tree] = OrderedDict()
        self._most = max(8, _KEPT_BYTES // (8 * max(1, len(graph.spots))))

    def to(self, goals: Sequence[int]) -> Tree:
        """The tree to the nearest of ``goals``."""
        key = tuple(sorted(goals))
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = grow(self.graph, key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return found
