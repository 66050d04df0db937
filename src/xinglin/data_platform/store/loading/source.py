"""Files that can be loaded, and how they are cut into portions: always in the same places, so that a load that
was stopped finds again what it has done."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from xinglin.foundation.errors import Category, XinglinError

from .model import Portion

PORTION_LINES = 1000
PORTION_BYTES = 4 * 2**20
_LINES = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")
_DOCUMENTS = (".json", ".json.gz")


@dataclass(frozen=True, slots=True)
class Limits:
    """The longest resource, and the longest document, that is taken."""

    resource_bytes: int
    document_bytes: int


def find(paths: Sequence[Path]) -> list[Path]:
    """The files in ``paths``, folders searched to their depths, in the order of their names. Raises INVALID for
    a path that is not there or has a name that tells of neither NDJSON nor JSON, or where nothing is found."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(one for one in path.rglob("*") if one.is_file() and one.name.endswith(_LINES + _DOCUMENTS))
        elif not path.exists():
            raise _unfit(f"{path} is not there", f"{path} 不存在")
        elif not path.name.endswith(_LINES + _DOCUMENTS):
            names = " ".join(_LINES + _DOCUMENTS)
            raise _unfit(f"{path}: the name should end in one of {names}", f"{path}：文件名应以 {names} 之一结尾")
        else:
            found.append(path)
    if not found:
        listed = ", ".join(map(str, paths))
        raise _unfit(f"no NDJSON or JSON file in {listed}", f"{listed} 中没有 NDJSON 或 JSON 文件")
    return list(dict.fromkeys(found))


class Source:
    """One file. ``digest`` is that of its bytes, so that a copy or another name is the same file."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.size_bytes = path.stat().st_size
        self.read_bytes = 0
        self.has_lines = path.name.endswith(_LINES)
        self._limits = limits
        with path.open("rb") as file:
            self.digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).digest()

    def portions(self) -> Iterator[Portion]:
        """The file in portions. Raises INVALID where a compressed file is damaged or a document is too large."""
        try:
            with self.path.open("rb") as raw:
                text = _plain(raw) if self.path.name.endswith(".gz") else raw
                for portion in self._lines(text) if self.has_lines else self._document(text):
                    self.read_bytes = raw.tell()
                    yield portion
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _unfit(
                f"{self.path} is damaged or not complete ({error}); what comes before is loaded",
                f"{self.path} 已损坏或不完整（{error}），损坏处之前的内容已导入",
            ) from error
        except OSError as error:
            raise _unfit(f"{self.path} cannot be read: {error}", f"无法读取 {self.path}：{error}") from error
        self.read_bytes = self.size_bytes

    def _document(self, text: IO[bytes]) -> Iterator[Portion]:
        limit = self._limits.document_bytes
        whole = text.read(limit + 1)
        if len(whole) > limit:
            raise _unfit(
                f"{self.path} is longer than {limit:,} bytes; send it in parts, as NDJSON, or raise"
                " store.max_bundle_bytes",
                f"{self.path} 超过 {limit:,} 字节，请拆分、改用 NDJSON，或调大 store.max_bundle_bytes",
            )
        yield Portion(self.digest, "document", 0, len(whole), 1, whole)

    def _lines(self, text: IO[bytes]) -> Iterator[Portion]:
        low = place = 0
        first_line = number = 1
        lines: list[bytes] = []
        too_long: list[int] = []
        held = 0
        while line := text.readline(self._limits.resource_bytes + 1):
            place += len(line)
            if len(line) > self._limits.resource_bytes and not line.endswith(b"\n"):
                place += _skip_line(text)
                too_long.append(number)
                line = b"\n"
            lines.append(line)
            held += len(line)
            number += 1
            if len(lines) == PORTION_LINES or held >= PORTION_BYTES:
                yield Portion(self.digest, "lines", low, place, first_line, b"".join(lines), tuple(too_long))
                low, first_line, held = place, number, 0
                lines.clear()
                too_long.clear()
        if lines:
            yield Portion(self.digest, "lines", low, place, first_line, b"".join(lines), tuple(too_long))


def _plain(raw: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))


def _skip_line(text: IO[bytes]) -> int:
    skipped = 0
    while piece := text.readline(2**20):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _unfit(english: str, chinese: str) -> XinglinError:
    return XinglinError(Category.INVALID, english, chinese)
