"""What the doctor says: one line a matter, and what to do where it is not well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import orjson

Status = Literal["ok", "warn", "fail"]
Language = Literal["zh", "en"]

_WORDS: dict[str, dict[str, str]] = {
    "zh": {"ok": "正常", "warn": "注意", "fail": "故障", "do": "请"},
    "en": {"ok": "ok", "warn": "warn", "fail": "FAIL", "do": "do"},
}
_ORDER: tuple[Status, ...] = ("ok", "warn", "fail")


class Told(msgspec.Struct, frozen=True):
    """The same sentence in both languages."""

    en: str
    zh: str

    def by(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Finding(msgspec.Struct, frozen=True):
    """``fail``: a node will not start or may lose data; ``warn``: it works, but worse than it could.

    ``advice`` is there whenever ``status`` is not ``ok``.
    """

    matter: str
    status: Status
    told: Told
    advice: Told | None = None


def well(matter: str, en: str, zh: str) -> Finding:
    return Finding(matter, "ok", Told(en, zh))


def worst(findings: Sequence[Finding]) -> Status:
    """The most serious status of all."""
    return max((finding.status for finding in findings), key=_ORDER.index, default="ok")


def as_text(findings: Sequence[Finding], language: Language) -> str:
    """For a person at a terminal."""
    words = _WORDS[language]
    lines = []
    for finding in findings:
        lines.append(f"{words[finding.status]:<5} {finding.matter:<11} {finding.told.by(language)}")
        if finding.advice is not None:
            lines.append(f"      {'':<11} → {finding.advice.by(language)}")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """For a program: ``{"status", "findings": [{"matter", "status", "told", "advice"}]}``."""
    document: dict[str, Any] = {"status": worst(findings), "findings": msgspec.to_builtins(findings)}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
