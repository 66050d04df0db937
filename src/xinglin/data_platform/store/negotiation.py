"""In which form callers send and want answers (hl7.org/fhir/R4/http.html#mime-type, #parameters, #prefer)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from starlette.requests import Request

from xinglin.foundation.errors import Category, XinglinError

MEDIA_TYPE = "application/fhir+json"
JSON_TYPES = frozenset({"application/fhir+json", "application/json", "text/json", "application/json+fhir"})
_FORMS = frozenset({"json", *JSON_TYPES})
_ANY = frozenset({"*/*", "application/*", "text/*", ""})
_ACCEPTED = JSON_TYPES | _ANY
_VERSIONS = ("4.0", "4.0.1")
RETURNS = ("minimal", "representation", "OperationOutcome")


def refuse_other_forms(request: Request) -> None:
    """Raise NOT_ACCEPTABLE unless the caller takes JSON of R4; ``_format`` goes before ``Accept``."""
    wanted = request.query_params.get("_format") if b"_format" in request.scope["query_string"] else None
    if wanted is not None:
        accepted = _kind(wanted.replace(" ", "+")) in _FORMS
    else:
        accepted = _takes_json(request.headers.get("accept", ""))
    if not accepted:
        raise XinglinError(
            Category.NOT_ACCEPTABLE,
            f"only JSON of FHIR R4 is spoken here, no XML or Turtle: accept {MEDIA_TYPE}",
            f"此处仅支持 FHIR R4 的 JSON，不支持 XML 或 Turtle，请接受 {MEDIA_TYPE}",
        )


def media_type_of(request: Request, default: str = MEDIA_TYPE) -> str:
    """The media type of the body, without its parameters. Raises UNSUPPORTED_MEDIA for another FHIR version."""
    given = request.headers.get("content-type", "") or default
    if _other_version(given):
        raise _not_read(given)
    return _kind(given)


def refuse_other_bodies(request: Request) -> None:
    """Raise UNSUPPORTED_MEDIA unless the body is JSON."""
    kind = media_type_of(request)
    if kind not in JSON_TYPES:
        raise _not_read(kind)


def is_pretty(request: Request) -> bool:
    """Whether the answer is for people's eyes (``_pretty=true``)."""
    return request.query_params.get("_pretty") == "true"


def pretty(content: bytes) -> bytes:
    """``content`` indented, its numbers and strings as they were written."""
    return msgspec.json.format(content, indent=2)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What ``Prefer`` asks (RFC 7240): ``returned`` is None where nothing, or nothing known, is asked."""

    returned: str | None
    strict: bool


def preferences_of(request: Request) -> Preferences:
    """The preferences of the request; those not known are passed over."""
    found: dict[str, str] = {}
    for header in request.headers.getlist("prefer"):
        for part in header.replace(";", ",").split(","):
            name, _, value = part.partition("=")
            found.setdefault(name.strip().lower(), value.strip().strip('"'))
    returned = found.get("return")
    return Preferences(returned if returned in RETURNS else None, found.get("handling") == "strict")


def condition_of(request: Request) -> str | None:
    """The condition of a create (http.html#ccreate): If-None-Exist, or what stands in the URL, where some clients write
    it; passed over, it would make duplicates. Raises INVALID where both ask, and differently."""
    header = request.headers.get("if-none-exist")
    if not own_parameters(request.query_params.multi_items()):
        return header
    if header is not None and header.lstrip("?") != request.url.query:
        raise XinglinError(
            Category.INVALID,
            "If-None-Exist and the URL name different conditions; write If-None-Exist alone",
            "If-None-Exist 与 URL 中的条件不一致，请只使用 If-None-Exist",
            expression="http.If-None-Exist",
        )
    return request.url.query


def own_parameters(parameters: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The parameters without those that only ask for a form."""
    return [(name, value) for name, value in parameters if name not in ("_format", "_pretty")]


@lru_cache(maxsize=1024)
def _takes_json(accept: str) -> bool:
    return any(_kind(kind) in _ACCEPTED and _wanted(kind) for kind in accept.split(","))


def _kind(text: str) -> str:
    return text.partition(";")[0].strip().lower()


def _wanted(kind: str) -> bool:
    """Whether an item of ``Accept`` is neither refused (``q=0``) nor of another version of FHIR."""
    for parameter in kind.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "q" and value.strip("0.") == "":
            return False
    return not _other_version(kind)


def _other_version(kind: str) -> bool:
    for parameter in kind.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "fhirversion":
            return value.strip('" ') not in _VERSIONS
    return False


def _not_read(kind: str) -> XinglinError:
    return XinglinError(
        Category.UNSUPPORTED_MEDIA,
        f"send JSON of FHIR R4 as {MEDIA_TYPE}; '{kind[:100]}' is not read",
        f"请以 {MEDIA_TYPE} 提交 FHIR R4 的 JSON，不支持“{kind[:100]}”",
    )
