"""What things are called in another language than their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def english_name(resource: Mapping[str, Any]) -> str:
    """The English beside ``name``, by R4's extension (hl7.org/fhir/R4/extension-translation.html) or else the first
    alias in Latin letters; empty where nobody has written one."""
    for extension in resource.get("_name", {}).get("extension", ()):
        if extension.get("url") == _TRANSLATION:
            inner = {one.get("url"): one for one in extension.get("extension", ())}
            if inner.get("lang", {}).get("valueCode", "").startswith("en"):
                return str(inner.get("content", {}).get("valueString", ""))
    return next((alias for alias in resource.get("alias", ()) if alias.isascii()), "")


def name_read_here(person: Mapping[str, Any]) -> str:
    """The name of a Patient or Practitioner for staff here: the first in Chinese, else the first; ``?`` for none."""
    names = person.get("name") or [{}]
    written = [one.get("text") or f"{one.get('family', '')}{''.join(one.get('given', ()))}" for one in names]
    return next((one for one in written if any(ord(sign) > 0x2E7F for sign in one)), written[0]) or "?"
