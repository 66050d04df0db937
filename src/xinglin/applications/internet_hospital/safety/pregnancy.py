"""Drugs that harm an unborn child."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .finding import finding
from .model import Facts, Finding, Line


def pregnancy(lines: Sequence[Line], facts: Facts) -> Iterator[Finding]:
    """For whoever is pregnant, or may be and nobody has noted whether she is."""
    if facts.pregnant in ("no", "impossible"):
        return
    rests_on = (facts.pregnancy_reference,) if facts.pregnancy_reference else ()
    for line in lines:
        if line.drug is None or line.drug.pregnancy == "ok":
            continue
        english = line.drug.name_en or line.name
        if facts.pregnant == "unknown":
            if line.drug.pregnancy == "avoid":
                yield finding(
                    "pregnancy",
                    "unknown",
                    (line,),
                    f"{line.name}：孕期禁用或避免使用，未记录是否妊娠，请询问",
                    f"{english}: to be avoided in pregnancy, and nobody has noted whether she is pregnant: ask",
                    about="unknown",
                    source=line.drug.source,
                )
        elif line.drug.pregnancy == "avoid":
            yield finding(
                "pregnancy",
                "stop",
                (line,),
                f"{line.name}：孕期禁用或避免使用",
                f"{english}: to be avoided in pregnancy",
                rests_on=rests_on,
                source=line.drug.source,
            )
        else:
            known = line.drug.pregnancy == "caution"
            yield finding(
                "pregnancy",
                "caution" if known else "unknown",
                (line,),
                f"{line.name}：孕期慎用" if known else f"{line.name}：孕期安全性未知",
                f"{english}: with caution in pregnancy" if known else f"{english}: nobody knows how safe in pregnancy",
                rests_on=rests_on,
                source=line.drug.source,
            )
