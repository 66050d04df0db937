"""What ``where()`` asks of an element, answered by a FHIRPath engine.

The engine (fhirpathpy) is loaded when first needed. Expressions come from callers, so only functions whose cost
is bounded by the element are let through: none that repeats, follows references or matches by pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson

from .exact import write
from .steps import unfit_path

_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|`[^`]*`")
_CALL = re.compile(r"([A-Za-z]\w*)\s*\(")
_ALLOWED = frozenset(
    (
        *("where", "exists", "empty", "not", "all", "allTrue", "anyTrue", "count", "iif", "select", "distinct"),
        *("first", "last", "single", "tail", "skip", "take", "ofType", "as", "is", "hasValue", "extension"),
        *("startsWith", "endsWith", "contains", "indexOf", "substring", "length", "lower", "upper"),
        *("toString", "toInteger", "toDecimal", "today", "now"),
    )
)
_WORDS = frozenset({"and", "or", "xor", "implies", "in", "contains", "div", "mod", "is", "as"})


class Budget:
    """How many elements the criteria of one patch may still be asked of."""

    def __init__(self, elements: int = 10_000) -> None:
        self._left = elements

    def spend(self, elements: int, criterion: str) -> None:
        """Raise UNPROCESSABLE where that is more than is left."""
        self._left -= elements
        if self._left < 0:
            raise unfit_path(criterion, "the patch asks too much of too many elements", "求值次数过多", "too-costly")


def holds(criterion: str, item: Any, path: str, resource: Any) -> bool:
    """Whether ``criterion`` is true of ``item``, which stands at ``path`` in ``resource``. Raises UNPROCESSABLE for
    a criterion that cannot be answered."""
    evaluate, node = _compiled(criterion)
    context = {"resource": _plain(resource)} if "%" in criterion else {}
    try:
        answer = evaluate(node(_plain(item), path), context)
    except Exception as error:  # the engine has no error type of its own
        raise unfit_path(criterion, "cannot be answered here", "无法求值") from error
    return bool(answer == [True])


def _plain(value: Any) -> Any:
    """``value`` as the engine takes it: numbers as such."""
    return orjson.loads(write(value))


@lru_cache(maxsize=256)
def _compiled(criterion: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    for name in _CALL.findall(_LITERAL.sub("''", criterion)):
        if name not in _ALLOWED and name not in _WORDS:
            raise unfit_path(criterion, f"'{name}()' is not supported", f"不支持“{name}()”", "not-supported")
    from fhirpathpy import compile as compile_expression
    from fhirpathpy.engine.nodes import ResourceNode
    from fhirpathpy.models import models

    try:
        compiled = compile_expression(criterion, models["r4"])
    except Exception as error:  # the engine has no error type of its own
        raise unfit_path(criterion, "is not FHIRPath", "不是有效的 FHIRPath 表达式") from error
    return compiled, ResourceNode.create_node
