"""How the room says that something cannot be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.http import Principal

from ..safety import Finding
from .model import Draft

_CLOSED = frozenset({"cancelled", "entered-in-error", "planned"})
_LEAST_REASON_CHARACTERS = 2


def patient_of(encounter: Mapping[str, Any]) -> str:
    """The id of whom the visit is of. Raises UNPROCESSABLE for a visit of nobody, CONFLICT for one that is not held."""
    reference = (encounter.get("subject") or {}).get("reference", "")
    if not reference.startswith("Patient/"):
        raise XinglinError(Category.UNPROCESSABLE, "this visit is of nobody", "该就诊没有患者")
    if encounter.get("status") in _CLOSED:
        raise XinglinError(
            Category.CONFLICT,
            f"this visit is {encounter['status']}: nothing can be written in it",
            "该就诊已取消或尚未开始，不能书写",
        )
    return str(reference.partition("/")[2])


def refuse_merged(patient: Mapping[str, Any]) -> None:
    """Raise CONFLICT for a record that was merged into another one while the visit went on."""
    for link in patient.get("link", ()):
        if link.get("type") == "replaced-by":
            other = (link.get("other") or {}).get("reference", "?")
            raise XinglinError(
                Category.CONFLICT,
                f"this record was merged into {other} a moment ago; wait until the visit has moved, then read anew",
                f"该患者档案刚刚合并到 {other}，请稍候，待就诊转移后重新打开",
            )


def check_same_patient(seen: str, now: str) -> None:
    """Raise CONFLICT where the visit is of somebody else than the doctor saw."""
    if seen != now:
        raise XinglinError(
            Category.CONFLICT,
            "the patient's record was merged while you wrote: look at the banner again, then sign",
            "书写期间患者档案已合并，请重新核对患者信息后再签署",
            expression="patient",
        )


def check_author(draft: Draft | None, principal: Principal) -> None:
    """Raise CONFLICT where a colleague is writing."""
    if draft is not None and draft.author != principal.id:
        raise XinglinError(
            Category.CONFLICT,
            f"{draft.author_name} is writing here; take the visit over first",
            f"{draft.author_name} 正在书写，请先接管",
            expression="author",
        )


def check_version(draft: Draft | None, version: int) -> None:
    """Raise PRECONDITION where something newer was saved, in another tab or by a colleague."""
    current = 0 if draft is None else draft.version
    if current != version:
        raise XinglinError(
            Category.PRECONDITION,
            f"this was changed elsewhere meanwhile (version {current}, yours rests on {version}): read it again",
            f"内容已在其他窗口更新（当前版本 {current}，您的版本 {version}），请重新载入",
            expression="version",
        )


def refuse_without_reasons(findings: Sequence[Finding], reasons: Mapping[str, str]) -> None:
    """Raise UNPROCESSABLE naming what stands against the prescription and has no reason."""
    open_ = [
        one for one in findings if one.needs_reason and len(reasons.get(one.key, "").strip()) < _LEAST_REASON_CHARACTERS
    ]
    if open_:
        raise XinglinError(
            Category.UNPROCESSABLE,
            "change the prescription, or give a reason for each: " + "; ".join(one.en for one in open_),
            "请修改处方，或逐条说明理由：" + "；".join(one.zh for one in open_),
            expression="reasons",
        )


def practitioner_of(principal: Principal) -> str:
    """Whom signatures name. Raises FORBIDDEN for an account that is no Practitioner's."""
    if principal.practitioner is None:
        raise XinglinError(
            Category.FORBIDDEN,
            "your account is not linked to a Practitioner; the security administrator links it",
            "您的账号未关联医务人员信息，请联系安全管理员",
        )
    return principal.practitioner


def nothing_to_sign() -> XinglinError:
    return XinglinError(Category.UNPROCESSABLE, "there is nothing to sign", "没有待签署的内容")
