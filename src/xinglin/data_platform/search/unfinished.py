"""Which parameters of a search older resources are not indexed by yet, so that the answer may not be whole."""

from __future__ import annotations

from collections.abc import Iterator

from .criterion import Across, Chain, Condition, Criterion, Either, Every, Has, Opposite
from .parameter import Parameter
from .request import SearchRequest


def unfinished(request: SearchRequest) -> list[str]:
    """The codes of parameters that ``request`` uses while the index for them is still being made."""
    used = [parameter for condition in request.criteria for parameter in _parameters(condition)]
    used += [sort.parameter for sort in request.sorts]
    used += [one.parameter for one in request.includes if one.parameter is not None and one.reverse]
    return sorted({parameter.code for parameter in used if parameter.unfinished})


def _parameters(condition: Condition) -> Iterator[Parameter]:
    match condition:
        case Criterion(parameter=parameter):
            yield parameter
        case Chain(parameter=parameter, targets=inners):
            yield parameter
            for _, inner in inners:
                yield from _parameters(inner)
        case Has(parameter=parameter, condition=inner):
            yield parameter
            yield from _parameters(inner)
        case Opposite(condition=inner):
            yield from _parameters(inner)
        case Every(conditions=inners) | Either(conditions=inners):
            for inner in inners:
                yield from _parameters(inner)
        case Across(conditions=each):
            for _, inner in each:
                yield from _parameters(inner)
