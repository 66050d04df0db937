"""Search as R4 defines it: what a resource is found by, and requests compiled to SQL text and parameters."""

from .belonging import GUARDED, NOBODY, SENSITIVE, UNTOLD, links_to_patient, marks_of
from .circumstances import Circumstances, Codings, Terminology, Terms, by_terminology
from .compartment import Within, linking, patient_of, within
from .criterion import Chain, Condition, Criterion, Either, Every, Has, Opposite
from .date import span as date_span
from .defined import Definitions, in_use, use, while_in_use
from .defining import Definition, read_definition
from .include import Include, targets
from .indexing import INDEX_REVISION, Index, contained_token, index
from .parameter import Parameter, parameters, standard_parameters
from .request import CURSOR, NamedQuery, SearchRequest, cursor_of, read
from .statement import GATHERED, Statement, count, cursor_values, estimate, only_tokens, page, referring
from .token import identifier_token
from .unfinished import unfinished
from .unit import canonical
from .visibility import NOTHING, Change, Sight, resource, seeing, sight
from .words import unfit

__all__ = [
    "CURSOR",
    "GATHERED",
    "GUARDED",
    "INDEX_REVISION",
    "NOBODY",
    "NOTHING",
    "SENSITIVE",
    "UNTOLD",
    "Chain",
    "Change",
    "Circumstances",
    "Codings",
    "Condition",
    "Criterion",
    "Definition",
    "Definitions",
    "Either",
    "Every",
    "Has",
    "Include",
    "Index",
    "NamedQuery",
    "Opposite",
    "Parameter",
    "SearchRequest",
    "Sight",
    "Statement",
    "Terminology",
    "Terms",
    "Within",
    "by_terminology",
    "canonical",
    "contained_token",
    "count",
    "cursor_of",
    "cursor_values",
    "date_span",
    "estimate",
    "identifier_token",
    "in_use",
    "index",
    "linking",
    "links_to_patient",
    "marks_of",
    "only_tokens",
    "page",
    "parameters",
    "patient_of",
    "read",
    "read_definition",
    "referring",
    "resource",
    "seeing",
    "sight",
    "standard_parameters",
    "targets",
    "unfinished",
    "unfit",
    "use",
    "while_in_use",
    "within",
]
