"""Networks as JSON files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from xinglin.foundation.errors import Category, XinglinError

from .network import Network


def read_network(file: Path) -> Network:
    """Reads a network from JSON; NOT_FOUND, or INVALID where it is none or names something that does not exist."""
    if not file.is_file():
        raise XinglinError(Category.NOT_FOUND, f"{file}: no such file", f"{file}：文件不存在")
    try:
        given = msgspec.json.decode(file.read_bytes())
        network = msgspec.convert(given, Network)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise XinglinError(
            Category.INVALID, f"{file.name}: not a network: {error}", f"{file.name}：不是网络模型：{error}"
        ) from error
    unknown = _unknown(given, msgspec.to_builtins(network), "$")
    if unknown:
        raise XinglinError(Category.INVALID, f"{file.name}: {unknown} is not known", f"{file.name}：未知字段 {unknown}")
    return network


def _unknown(given: Any, kept: Any, where: str) -> str:
    """The first field that was given and not kept: a misspelt name must not be passed over."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key not in kept:
                return f"{where}.{key}"
            if found := _unknown(value, kept[key], f"{where}.{key}"):
                return found
    elif isinstance(given, list) and isinstance(kept, list | tuple):
        for i, (one, other) in enumerate(zip(given, kept, strict=False)):
            if found := _unknown(one, other, f"{where}[{i}]"):
                return found
    return ""
