"""The R4 definitions, and whether a resource is what they say."""

from .definition import (
    Element,
    choice_key,
    compartments,
    elements,
    resource_types,
    search_parameters,
)
from .document import (
    as_text,
    compact,
    decimal,
    identified,
    identified_value,
    instant,
    not_json,
    parse,
    parse_exactly,
    refuse_nul,
    same_content,
)
from .naming import english_name, name_read_here, translations
from .narrative import check_narratives
from .shape import check_id, check_shape, is_id, known_type, unknown_type

__all__ = [
    "Element",
    "as_text",
    "check_id",
    "check_narratives",
    "check_shape",
    "choice_key",
    "compact",
    "compartments",
    "decimal",
    "elements",
    "english_name",
    "identified",
    "identified_value",
    "instant",
    "is_id",
    "known_type",
    "name_read_here",
    "not_json",
    "parse",
    "parse_exactly",
    "refuse_nul",
    "resource_types",
    "same_content",
    "search_parameters",
    "translations",
    "unknown_type",
]
