"""The R4 definitions, and whether a resource is what they say."""

from .definition import (
    Element,
    choice_key,
    compartments,
    elements,
    resource_types,
    search_parameters,
)
from .document import compact, identified, identified_value, instant, not_json, parse, refuse_nul, same_content
from .shape import check_id, check_shape, is_id, known_type, unknown_type

__all__ = [
    "Element",
    "check_id",
    "check_shape",
    "choice_key",
    "compact",
    "compartments",
    "elements",
    "identified",
    "identified_value",
    "instant",
    "is_id",
    "known_type",
    "not_json",
    "parse",
    "refuse_nul",
    "resource_types",
    "same_content",
    "search_parameters",
    "unknown_type",
]
