"""Rows of a price list; one that cannot be used is named and the others go on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from xinglin.foundation.errors import Category, XinglinError

from ..money import fen_of
from .model import Price

_COLUMNS = ("kind", "code", "name_zh", "price_yuan")
_MOST_TOLD = 1_000


@dataclass(slots=True)
class Loaded:
    """What came of a file; ``refused`` names the first thousand rows that were not taken, in both languages."""

    taken: int = 0
    not_taken: int = 0
    refused: list[str] = field(default_factory=list)


def prices(path: Path, loaded: Loaded) -> Iterator[Price]:
    """The rows of a file (UTF-8 or GB 18030) with the columns kind, code, name_zh, price_yuan and, where wanted,
    name_en, unit_zh. Raises NOT_FOUND without the file, INVALID for one that is no such table."""
    reader = csv.DictReader(_lines(path))
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise XinglinError(
            Category.INVALID,
            f"{path.name} lacks the columns {', '.join(missing)} in its first line",
            f"{path.name} 首行缺少列：{'、'.join(missing)}",
        )
    for raw in reader:
        row = {name: (text or "").strip() for name, text in raw.items() if isinstance(name, str)}
        try:
            yield _price(row)
        except ValueError as error:
            column = error.errors()[0]["loc"][0] if isinstance(error, ValidationError) else "price_yuan"
            loaded.not_taken += 1
            if len(loaded.refused) < _MOST_TOLD:
                line = reader.line_num
                loaded.refused.append(f"line {line}: column {column} cannot be used 第 {line} 行：列 {column} 无法使用")


def _price(row: dict[str, str]) -> Price:
    told = {name: text for name, text in row.items() if text and name in Price.model_fields and name != "price_fen"}
    return Price.model_validate({**told, "price_fen": fen_of(row["price_yuan"])})


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise XinglinError(Category.NOT_FOUND, f"there is no file {path}", f"没有文件 {path}")
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).splitlines()
        except UnicodeDecodeError:
            continue
    raise XinglinError(
        Category.INVALID,
        f"{path.name} is neither UTF-8 nor GB 18030; save it as CSV UTF-8",
        f"{path.name} 既不是 UTF-8 也不是 GB 18030，请另存为 CSV UTF-8",
    )
