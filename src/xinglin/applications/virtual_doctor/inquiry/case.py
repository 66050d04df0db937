"""Cases of dialogues between patients and doctors, as the published data sets write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from xinglin.foundation.errors import Category, XinglinError

_FIRST, _ASKED, _LABEL = ("exp_sxs", "imp_sxs", "label")


class Answer(IntEnum):
    """What a patient says of a symptom; the number is its place in the tables of the model."""

    YES = 0
    NO = 1
    UNSURE = 2
    NOT_MENTIONED = 3


_SPOKEN: dict[str, Answer] = {
    **dict.fromkeys(("1", "true", "yes"), Answer.YES),
    **dict.fromkeys(("0", "false", "no"), Answer.NO),
    **dict.fromkeys(("2", "unsure", "unk", "not sure", "none"), Answer.UNSURE),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One patient: what was said at first, what an asked question would find, and the disease."""

    first: Mapping[str, Answer]
    asked: Mapping[str, Answer]
    label: str


def read_cases(file: Path) -> list[Case]:
    """The cases of a JSON file: a list of objects with ``exp_sxs``, ``imp_sxs`` and ``label``, at least one.

    A symptom's value is "1", "0" or "2" (yes, no, unsure); true and false are taken too. INVALID with the file, and the
    number of the case counted from 1, where something else is written; NOT_FOUND where the file cannot be read.
    """
    try:
        told = json.loads(file.read_bytes())
    except OSError as error:
        raise XinglinError(
            Category.NOT_FOUND, f"{file} cannot be read: {error.strerror}", f"无法读取文件 {file}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise XinglinError(Category.INVALID, f"{file} is not JSON: {error}", f"{file} 不是有效的 JSON 文件") from error
    if not isinstance(told, list) or not told:
        raise XinglinError(Category.INVALID, f"{file} holds no list of cases", f"{file} 中没有病例列表或列表为空")
    return [_case(file, number, each) for number, each in enumerate(told, 1)]


def _case(file: Path, number: int, told: Any) -> Case:
    if not isinstance(told, dict) or not isinstance(told.get(_LABEL), str):
        raise _wrong(file, number, f"needs a text {_LABEL!r}", f"缺少文本字段 {_LABEL}")
    return Case(_answers(file, number, told, _FIRST), _answers(file, number, told, _ASKED), told[_LABEL])


def _answers(file: Path, number: int, told: dict[str, Any], field: str) -> dict[str, Answer]:
    listed = told.get(field, {})
    if not isinstance(listed, dict):
        raise _wrong(file, number, f"{field!r} is no object", f"{field} 不是对象")
    answers = {}
    for symptom, value in listed.items():
        answer = _SPOKEN.get(str(value).strip().lower())
        if answer is None:
            raise _wrong(file, number, f"{symptom!r} has the value {value!r}", f"症状“{symptom}”的取值无效：{value!r}")
        answers[symptom] = answer
    return answers


def _wrong(file: Path, number: int, english: str, chinese: str) -> XinglinError:
    return XinglinError(Category.INVALID, f"{file}, case {number}: {english}", f"{file} 第 {number} 个病例：{chinese}")
