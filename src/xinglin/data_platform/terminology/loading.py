"""Rows of a catalogue file, read as they come; a row that cannot be used is named and the others go on."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from xinglin.foundation.errors import Category, XinglinError

from .model import Diagnosis, Drug

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+*/x_-]{0,39}")
_DRUG_CODE = re.compile(r"[A-Za-z0-9.-]{1,64}")  # it is the id of a resource
_LONGEST_NAME = 200
_PIECE_BYTES = 1 << 16
_MOST_TOLD = 1000

Row = TypeVar("Row", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken: the line of the file, and why."""

    line: int
    english: str
    chinese: str


@dataclass(slots=True)
class Loaded:
    """What came of a file. ``refused`` names the first thousand rows that were not taken, ``not_taken`` counts all."""

    taken: int = 0
    not_taken: int = 0
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, line: int, english: str, chinese: str) -> None:
        self.not_taken += 1
        if len(self.refused) < _MOST_TOLD:
            self.refused.append(Refused(line, english, chinese))


def diagnoses(path: Path, loaded: Loaded) -> Iterator[Diagnosis]:
    """The rows of a file with the columns code, name_zh, name_en."""
    yield from _rows(path, ("code", "name_zh"), diagnosis, loaded)


def drugs(path: Path, loaded: Loaded) -> Iterator[Drug]:
    """The rows of a file with a column for each field of ``Drug``; ingredients and groups are divided by blanks."""
    yield from _rows(path, ("code", "name_zh", "atc", "strength", "unit"), drug, loaded)


def diagnosis(row: dict[str, str]) -> Diagnosis:
    if not _CODE.fullmatch(row["code"]):
        raise ValueError("code")
    return Diagnosis(code=row["code"], name_zh=row["name_zh"], name_en=row.get("name_en", ""))


def drug(row: dict[str, str]) -> Drug:
    if not _DRUG_CODE.fullmatch(row["code"]):
        raise ValueError("code")
    asked: dict[str, Any] = {name: row.get(name) or None for name in Drug.model_fields}
    for name in ("ingredients", "groups"):
        asked[name] = tuple((row.get(name) or "").split())
    for name in ("name_en", "form_zh", "form_en", "route", "source"):
        asked[name] = row.get(name) or ""
    asked["pregnancy"] = row.get("pregnancy") or "unknown"
    return _sensible(Drug.model_validate(asked))


def _sensible(found: Drug) -> Drug:
    amounts = {
        "strength": found.strength,
        "dose": found.dose,
        "max_single": found.max_single,
        "max_daily": found.max_daily,
    }
    for name, amount in amounts.items():
        if amount is not None and not 0 < amount < float("inf"):
            raise ValueError(name)
    if found.max_single and found.max_daily and found.max_single > found.max_daily:
        raise ValueError("max_daily")
    if not found.ingredients:
        raise ValueError("ingredients")
    return found


def _rows(path: Path, needed: tuple[str, ...], make: Callable[[dict[str, str]], Row], loaded: Loaded) -> Iterator[Row]:
    with path.open(encoding=_encoding(path), newline="") as lines:
        reader = csv.DictReader(lines)
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise XinglinError(
                Category.INVALID,
                f"{path.name} lacks the columns {', '.join(missing)} in its first line",
                f"{path.name} 首行缺少列：{'、'.join(missing)}",
            )
        for raw in reader:
            row = {name: (text or "").strip() for name, text in raw.items() if isinstance(name, str)}
            try:
                if not row["name_zh"] or max(len(row["name_zh"]), len(row.get("name_en", ""))) > _LONGEST_NAME:
                    raise ValueError("name_zh")
                yield make(row)
            except (ValidationError, ValueError) as error:
                column = error.errors()[0]["loc"][0] if isinstance(error, ValidationError) else error
                loaded.refuse(
                    reader.line_num,
                    f"line {reader.line_num}: column {column} cannot be used",
                    f"第 {reader.line_num} 行：列 {column} 的内容无法使用",
                )


def _encoding(path: Path) -> str:
    """UTF-8, or GB 18030 as spreadsheets in China write it. Raises NOT_FOUND without the file, INVALID for another."""
    if not path.is_file():
        raise XinglinError(Category.NOT_FOUND, f"there is no file {path}", f"没有文件 {path}")
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as pieces:
                while piece := pieces.read(_PIECE_BYTES):
                    decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise XinglinError(
        Category.INVALID,
        f"{path.name} is neither UTF-8 nor GB 18030; save it as CSV UTF-8",
        f"{path.name} 既不是 UTF-8 也不是 GB 18030，请另存为 CSV UTF-8",
    )
