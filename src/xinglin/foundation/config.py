"""Settings: read once at start from ``xinglin.toml`` and ``XINGLIN_*`` variables into frozen typed values."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .errors import Category, XinglinError

Settings = TypeVar("Settings", bound=msgspec.Struct)


def read(section: str, shape: type[Settings], file: Path | None, environment: Mapping[str, str]) -> Settings:
    """The settings of one room: its table in the file, overridden by ``XINGLIN_<SECTION>_<NAME>``.

    Raises ``XinglinError`` (INVALID) that names the file, the key and what was expected; an unknown key is
    refused, since a misspelt setting is worse than none.
    """
    values: dict[str, Any] = {}
    if file is not None and file.exists():
        try:
            values.update(tomllib.loads(file.read_text("utf-8")).get(section, {}))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise XinglinError(Category.INVALID, f"{file}: {error}", f"配置文件 {file} 无法读取：{error}") from error
    prefix = f"XINGLIN_{section.upper()}_"
    for name, text in environment.items():
        if name.startswith(prefix):
            values[name.removeprefix(prefix).lower()] = text
    unknown = set(values) - {field.name for field in msgspec.structs.fields(shape)}
    if unknown:
        names = ", ".join(sorted(unknown))
        raise XinglinError(
            Category.INVALID,
            f"[{section}] has unknown settings: {names}",
            f"[{section}] 中有未知设置：{names}",
        )
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise XinglinError(Category.INVALID, f"[{section}] {error}", f"[{section}] 设置有误：{error}") from error


def environment() -> Mapping[str, str]:
    """The process's environment; the only place that reads it."""
    return os.environ
