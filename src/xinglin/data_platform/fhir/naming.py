"""What things are called in another language than their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def english_name(resource: Mapping[str, Any]) -> str:
    """The English beside ``name``, by R4's extension (hl7.org/fhir/R4/extension-translation.html) or else the first
    alias in Latin letters; empty where nobody has written one."""
    translated = translations(resource.get("_name"))
    if english := next((text for language, text in translated.items() if language.startswith("en")), ""):
        return english
    return next((alias for alias in resource.get("alias", ()) if alias.isascii()), "")


def translations(beside: Mapping[str, Any] | None) -> dict[str, str]:
    """By language (BCP 47), what stands beside a text (``_text`` of ``text``) by R4's translation extension; one
    without a language or a content is left out."""
    found: dict[str, str] = {}
    for extension in (beside or {}).get("extension", ()):
        if extension.get("url") == _TRANSLATION:
            inner = {one.get("url"): one for one in extension.get("extension", ())}
            language, content = inner.get("lang", {}).get("valueCode"), inner.get("content", {})
            text = content.get("valueString") or content.get("valueMarkdown")
            if language and text:
                found.setdefault(str(language), str(text))
    return found


def name_read_here(person: Mapping[str, Any]) -> str:
    """The name of a Patient or Practitioner for staff here: the first in Chinese, else the first; ``?`` for none."""
    names = person.get("name") or [{}]
    written = [one.get("text") or f"{one.get('family', '')}{''.join(one.get('given', ()))}" for one in names]
    return next((one for one in written if any(ord(sign) > 0x2E7F for sign in one)), written[0]) or "?"
