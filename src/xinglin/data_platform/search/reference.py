"""Reference and uri values: ``Type/id`` for resources of this server, the URL as written for others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from . import token

IDENTIFIER = "identifier:"
_LOCAL = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")


def local(reference: str) -> str | None:
    """``Type/id`` of a relative reference, without its version; None for any other."""
    match = _LOCAL.fullmatch(reference)
    return f"{match[1]}/{match[2]}" if match else None


def of_reference(value: Mapping[str, Any]) -> list[str]:
    forms = []
    target = value.get("reference")
    if target and target[0] != "#":
        forms.append(local(target) or target)
    if "identifier" in value:
        forms.extend(IDENTIFIER + form for form in token.of_identifier(value["identifier"]))
    return forms


def of_canonical(value: str) -> list[str]:
    url, _, version = value.partition("|")
    return [url, value] if version else [value]


def of_uri(value: str) -> list[str]:
    return [local(value) or value]


def of_attachment(value: Mapping[str, Any]) -> list[str]:
    return [value["url"]] if "url" in value else []


def of_resource(value: Mapping[str, Any]) -> list[str]:
    return [f"{value['resourceType']}/{value['id']}"] if "id" in value else []


FORMS: Mapping[str, Callable[[Any], list[str]]] = {
    "Reference": of_reference,
    "canonical": of_canonical,
    "uri": of_uri,
    "Attachment": of_attachment,
    "Resource": of_resource,
}


def plain(value: str) -> list[str]:
    return [value]


URI_FORMS: Mapping[str, Callable[[Any], list[str]]] = {"uri": plain, "url": plain, "canonical": of_canonical}
