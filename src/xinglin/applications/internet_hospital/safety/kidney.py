"""Drugs and the kidneys' filtration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .finding import finding
from .model import Facts, Finding, Line

_UMOL_PER_MG_DL = 88.42


def egfr_ckd_epi_2021(creatinine_umol_l: float, age_years: int, is_female: bool) -> float:
    """Filtration in mL/min/1.73 m² by the CKD-EPI equation of 2021 without race, for people of 18 years and more
    (Inker LA et al., N Engl J Med 2021;385:1737-49)."""
    scr = creatinine_umol_l / _UMOL_PER_MG_DL
    kappa, alpha = (0.7, -0.241) if is_female else (0.9, -0.302)
    ratio = scr / kappa
    value: float = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age_years
    return value * 1.012 if is_female else value


def renal(lines: Sequence[Line], facts: Facts) -> Iterator[Finding]:
    """Drugs below whose limit the patient's filtration is, and those that have one while nobody knows it."""
    for line in lines:
        drug = line.drug
        if drug is None or (drug.egfr_avoid_below is None and drug.egfr_reduce_below is None):
            continue
        english = drug.name_en or line.name
        if facts.kidney is None:
            yield finding(
                "renal",
                "unknown",
                (line,),
                f"{line.name}：用量取决于肾功能，近 12 个月没有肌酐或 eGFR 结果",
                f"{english}: depends on the kidneys, and there is no creatinine or eGFR of the last 12 months",
                about="unknown",
                source=drug.source,
            )
            continue
        egfr, rests_on = facts.kidney.egfr, (facts.kidney.reference,)
        if drug.egfr_avoid_below is not None and egfr < drug.egfr_avoid_below:
            yield finding(
                "renal",
                "stop",
                (line,),
                f"{line.name}：eGFR {egfr:.0f}，低于 {drug.egfr_avoid_below:g} 时禁用",
                f"{english}: eGFR {egfr:.0f}; not to be given below {drug.egfr_avoid_below:g}",
                rests_on=rests_on,
                source=drug.source,
            )
        elif drug.egfr_reduce_below is not None and egfr < drug.egfr_reduce_below:
            yield finding(
                "renal",
                "caution",
                (line,),
                f"{line.name}：eGFR {egfr:.0f}，低于 {drug.egfr_reduce_below:g} 时须减量",
                f"{english}: eGFR {egfr:.0f}; less of it below {drug.egfr_reduce_below:g}",
                rests_on=rests_on,
                source=drug.source,
            )
