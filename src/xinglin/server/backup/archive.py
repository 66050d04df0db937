"""The backup file: a tar whose first member, the manifest, tells what the others must hash to."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from xinglin.foundation.errors import Category, XinglinError

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
_MANIFEST_LIMIT_BYTES = 16 * 2**20
_CHUNK_BYTES = 2**20


class TableFigures(msgspec.Struct, frozen=True):
    """How many rows a table holds, and the sum of its rows' hashes, which no order of rows changes."""

    rows: int
    hash: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself. ``members`` are the SHA-256 of the other files in it."""

    format: int
    release: str
    taken_at: datetime
    schema_revisions: list[str]
    tables: dict[str, TableFigures]
    members: dict[str, str]


def write(file: Path, manifest: Manifest, members: Mapping[str, Path]) -> None:
    """Write ``file``, readable by its owner alone; it appears under its name only when it is whole."""
    growing = file.with_name(f".{file.name}.partial")
    text = growing.with_suffix(".manifest")
    try:
        text.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
        descriptor = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as output:
            with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as tar:
                for name, source in {MANIFEST: text, **members}.items():
                    tar.add(source, name, recursive=False, filter=_anonymous)
            output.flush()
            os.fsync(output.fileno())
        growing.replace(file)
    finally:
        text.unlink(missing_ok=True)
        growing.unlink(missing_ok=True)


def unpack(file: Path, into: Path) -> Manifest:
    """Lay the members of ``file`` into the folder ``into`` and check each against the manifest.

    Raises INVALID when it is no backup, is cut short, or any byte of a member has changed.
    """
    try:
        with tarfile.open(file, mode="r:") as tar:
            manifest = _read_manifest(tar)
            for name, expected in manifest.members.items():
                _lay(tar, name, expected, into)
    except (OSError, tarfile.TarError, KeyError, msgspec.MsgspecError) as error:
        raise _damaged(file, str(error)) from error
    return manifest


def sha256_of(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    source = None if first is None or first.name != MANIFEST else tar.extractfile(first)
    if source is None:
        raise tarfile.ReadError("it does not begin with a manifest")
    manifest = msgspec.json.decode(source.read(_MANIFEST_LIMIT_BYTES), type=Manifest)
    if manifest.format != FORMAT:
        raise tarfile.ReadError(f"its format is {manifest.format} and this release reads {FORMAT}")
    return manifest


def _lay(tar: tarfile.TarFile, name: str, expected: str, into: Path) -> None:
    target = (into / name).resolve()
    if not target.is_relative_to(into.resolve()):
        raise tarfile.ReadError(f"{name} lies outside the folder")
    source = tar.extractfile(name)
    if source is None:
        raise tarfile.ReadError(f"{name} is not a file")
    target.parent.mkdir(parents=True, exist_ok=True)
    seen = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as output:
        while chunk := source.read(_CHUNK_BYTES):
            seen.update(chunk)
            output.write(chunk)
    if seen.hexdigest() != expected:
        raise tarfile.ReadError(f"{name} has changed since it was written")


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _damaged(file: Path, reason: str) -> XinglinError:
    return XinglinError(
        Category.INVALID,
        f"{file} cannot be restored: {reason}",
        f"无法恢复备份 {file}：{reason}",
    )
