"""What a check finds by facts that the asker may not see, in words that do not tell them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ..safety import Finding

_WORDS = {
    "allergy": ("有一项您无权查看的过敏记录与之相关", "an allergy that you may not see speaks against it"),
    "interaction": ("与一种您无权查看的在用药存在相互作用", "a medicine that you may not see interacts with it"),
    "duplicate": ("与一种您无权查看的在用药作用重复", "a medicine that you may not see does the same"),
    "pregnancy": ("有一项您无权查看的记录与妊娠用药安全相关", "a record that you may not see bears on pregnancy"),
    "renal": ("有一项您无权查看的肾功能记录与剂量相关", "a record of the kidneys that you may not see bears on it"),
    "dose": ("有一项您无权查看的记录与剂量相关", "a record that you may not see bears on the dose"),
}
_OTHER = ("有一项您无权查看的记录未能核对", "a record that you may not see could not be checked")
_ASK = ("请询问患者或请药师核对", "ask the patient, or the pharmacist")


def with_hidden(seen: Sequence[Finding], whole: Sequence[Finding], written: frozenset[str]) -> list[Finding]:
    """``seen``, and for what only ``whole`` found a warning that names nothing but drugs that are ``written`` by the
    asker. The key of a warning tells nothing, and is the same whenever the same is found."""
    known = {one.key for one in seen}
    masked: dict[str, Finding] = {}
    for one in whole:
        if one.key not in known:
            told = _masked(one, written)
            masked.setdefault(told.key, told)
    return [*(one for one in masked.values() if one.needs_reason), *seen, *_soft(masked)]


def _soft(masked: dict[str, Finding]) -> list[Finding]:
    return [one for one in masked.values() if not one.needs_reason]


def _masked(one: Finding, written: frozenset[str]) -> Finding:
    drugs = tuple(name for name in one.drugs if name in written)
    zh, en = _WORDS.get(one.kind, _OTHER)
    names = "、".join(drugs)
    digest = hashlib.sha256(one.key.encode()).hexdigest()[:12]
    return one.model_copy(
        update={
            "key": f"hidden|{one.kind}|{digest}" if drugs else f"hidden|{one.kind}",
            "drugs": drugs,
            "zh": f"{names}：{zh}，{_ASK[0]}" if drugs else f"{zh}，{_ASK[0]}",
            "en": f"{names}: {en}; {_ASK[1]}" if drugs else f"{en}; {_ASK[1]}",
            "rests_on": (),
            "source": "",
        }
    )
