"""Recomputes the chain and says exactly what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .. import repository
from ..model import KEPT_AT_LEAST_DAYS, Anchor, Digest, Row
from .digest import GENESIS, canonical_of_row, linked
from .key import PUBLIC_KEYS, PublicKey

_PAGE = 5000
_KEPT_AT_LEAST = timedelta(days=KEPT_AT_LEAST_DAYS)
_COMPARED = 40  # so many rows that do not fit are tried in one another's places


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written. ``kind`` is altered, removed, reordered, rewritten, early, anchor, key;
    ``sequence`` is the entry, or the first of those, that it is about."""

    kind: str
    sequence: int
    english: str
    chinese: str


@dataclass(slots=True)
class Verdict:
    """What was looked at, and what was found."""

    first: int = 0
    last: int = 0
    entries: int = 0
    anchors: int = 0
    anchored: int = 0
    waiting: int = 0
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Misfit:
    row: Row
    digest: Digest
    hash: bytes
    previous: bytes
    computed: bytes


class Verifier:
    """Checks everything that one database holds against ``anchors`` (those of the database are added) and ``keys``."""

    def __init__(self, anchors: Sequence[Anchor], keys: Sequence[PublicKey], now: datetime) -> None:
        self._given = list(anchors)
        self._now = now
        self._keys = {key.id: key for key in keys}
        self._verdict = Verdict()
        self._misfits: list[_Misfit] = []
        self._good: dict[int, Anchor] = {}
        self._unmatched: list[tuple[int, Anchor]] = []

    async def verify(self, connection: Any) -> Verdict:
        """The verdict, read through the owner's ``connection``."""
        of_database = await repository.anchors(connection)
        self._check_anchors([*self._given, *of_database])
        self._verdict.waiting = (await repository.figures(connection))["groups_waiting"]
        await self._walk(connection)
        self._judge_misfits()
        self._judge_end()
        self._verdict.findings.sort(key=lambda finding: finding.sequence)
        return self._verdict

    def _check_anchors(self, anchors: Sequence[Anchor]) -> None:
        for anchor in anchors:
            if anchor == self._good.get(anchor.sequence):
                continue
            fault = self._fault_of(anchor)
            if fault is not None:
                if fault not in self._verdict.findings:
                    self._verdict.findings.append(fault)
            elif anchor.sequence in self._good and self._good[anchor.sequence].hash != anchor.hash:
                self._find(
                    "anchor",
                    anchor.sequence,
                    f"two anchors, both signed by this node, tell different hashes of entry {anchor.sequence}: the"
                    " chain was rewritten by somebody who holds the node's key, or went on differently after a backup"
                    " was restored",
                    f"第 {anchor.sequence} 条有两个均由本节点签名但哈希不同的锚点："
                    "链被持有密钥者改写，或恢复备份后走向不同",
                )
            else:
                self._good[anchor.sequence] = anchor
        self._verdict.anchors = len(self._good)

    def _fault_of(self, anchor: Anchor) -> Finding | None:
        key, at = self._keys.get(anchor.key), anchor.sequence
        if key is None:
            return Finding(
                "key",
                at,
                f"the anchor of entry {at} is signed by the key {anchor.key}, which is not known: give the"
                f" {PUBLIC_KEYS} that was kept with the anchors (--keys FILE); without it the anchor proves nothing",
                f"第 {at} 条的锚点由未知密钥 {anchor.key} 签名：请用 --keys 指定与锚点一同保存的 {PUBLIC_KEYS}，"
                "否则无法证明",
            )
        if not key.since <= anchor.at < key.until:
            return Finding(
                "key",
                at,
                f"the anchor of entry {at} was signed on {anchor.at:%Y-%m-%d} by the key {key.id}, which was good from"
                f" {key.since:%Y-%m-%d} to {key.until:%Y-%m-%d}: the node renews keys by itself, so look at its clock"
                " and at who may read its key; rely on the anchors before it",
                f"第 {at} 条的锚点签于密钥 {key.id} 的有效期（{key.since:%Y-%m-%d} 至 {key.until:%Y-%m-%d}）之外："
                "请检查节点时钟与密钥的访问权限，并以之前的锚点为准",
            )
        if not key.has_signed(anchor.signed(), anchor.signature):
            return Finding(
                "anchor",
                at,
                f"the signature of the anchor of entry {at} is wrong: the anchor was changed after it was made",
                f"第 {at} 条的锚点签名无效：锚点被修改过",
            )
        return None

    async def _walk(self, connection: Any) -> None:
        previous: bytes | None = GENESIS
        last = 0
        while page := await repository.rows_after(connection, last, _PAGE):
            for row, digest, hash_ in page:
                if row.sequence != last + 1:
                    previous = self._past_gap(last + 1, row.sequence - 1, is_first=not self._verdict.entries)
                self._check(row, digest, hash_, previous)
                previous, last = hash_, row.sequence
                self._verdict.first = self._verdict.first or row.sequence
                self._verdict.entries += 1
        self._verdict.last = last

    def _past_gap(self, low: int, high: int, is_first: bool) -> bytes | None:
        """What the entry after a gap must be linked to, None where nobody can say."""
        anchor = self._good.get(high)
        if not is_first or anchor is None:
            them = f"entry {low} was" if low == high else f"entries {low} to {high} were"
            self._find("removed", low, f"{them} removed", f"第 {low} 至 {high} 条记录被删除")
        else:
            if self._now - anchor.at < _KEPT_AT_LEAST:
                self._find(
                    "early",
                    low,
                    f"entries {low} to {high} are gone though the youngest was anchored on {anchor.at:%Y-%m-%d}: they"
                    f" had to be kept for {KEPT_AT_LEAST_DAYS} days",
                    f"第 {low} 至 {high} 条记录不足 {KEPT_AT_LEAST_DAYS} 天即被删除",
                )
        return None if anchor is None else anchor.hash

    def _check(self, row: Row, digest: Any, hash_: bytes, previous: bytes | None) -> None:
        if previous is not None:
            computed = linked(previous, canonical_of_row(row), digest)
            if computed != hash_:
                self._misfits.append(_Misfit(row, digest, hash_, previous, computed))
        anchor = self._good.get(row.sequence)
        if anchor is None:
            return
        if anchor.hash == hash_:
            self._verdict.anchored = row.sequence
        else:
            self._unmatched.append((self._verdict.anchored, anchor))

    def _judge_misfits(self) -> None:
        known = self._misfits[:_COMPARED]
        for misfit in self._misfits:
            at = misfit.row.sequence
            if misfit in known and _fits_itself(misfit, known):
                continue
            other = _belonging(misfit, known) if misfit in known else None
            if other is not None:
                self._find(
                    "reordered",
                    at,
                    f"entry {at} was moved: what belongs here stands at {other}",
                    f"第 {at} 条记录被调换：此处应有的内容位于第 {other} 条",
                )
            else:
                self._find("altered", at, f"entry {at} was altered", f"第 {at} 条记录被修改")
        for before, anchor in self._unmatched[:1]:
            if not any(before < at <= anchor.sequence for at in self._explained()):
                self._find(
                    "rewritten",
                    before + 1,
                    f"the chain was rewritten: an entry from {before + 1} to {anchor.sequence} was changed and every"
                    f" hash after it made anew; the anchor of {anchor.at:%Y-%m-%d %H:%M:%S} UTC tells another hash of"
                    f" entry {anchor.sequence}",
                    f"链被重写：第 {before + 1} 至 {anchor.sequence} 条中有记录被修改，其后的哈希均被重算；"
                    f"{anchor.at:%Y-%m-%d %H:%M:%S} UTC 的锚点与之不符",
                )

    def _explained(self) -> Iterator[int]:
        """Where entries were found that are not as they were, so that a hash after them cannot be either."""
        return (one.sequence for one in self._verdict.findings if one.kind in ("altered", "reordered", "removed"))

    def _judge_end(self) -> None:
        beyond = max((at for at in self._good if at > self._verdict.last), default=0)
        if not beyond:
            return
        is_forgotten = not self._verdict.entries and self._now - self._good[beyond].at >= _KEPT_AT_LEAST
        if not is_forgotten:
            self._find(
                "removed",
                self._verdict.last + 1,
                f"entries {self._verdict.last + 1} to {beyond} at least were removed from the end: an anchor tells of"
                f" entry {beyond}",
                f"末尾第 {self._verdict.last + 1} 至 {beyond} 条记录被删除：锚点记载了第 {beyond} 条",
            )

    def _find(self, kind: str, sequence: int, english: str, chinese: str) -> None:
        self._verdict.findings.append(Finding(kind, sequence, english, chinese))


def _sources(misfits: Sequence[_Misfit]) -> Mapping[bytes, None]:
    """Every hash that a displaced or altered entry may have given to the next."""
    return dict.fromkeys(hash_ for one in misfits for hash_ in (one.previous, one.hash, one.computed))


def _fits_itself(misfit: _Misfit, misfits: Sequence[_Misfit]) -> bool:
    """Whether the entry is as it was, and only the hash before it is not."""
    canonical = canonical_of_row(misfit.row)
    return any(linked(hash_, canonical, misfit.digest) == misfit.hash for hash_ in _sources(misfits))


def _belonging(misfit: _Misfit, misfits: Sequence[_Misfit]) -> int | None:
    """The sequence at which stands what belongs where ``misfit`` is."""
    hashes = {one.hash for one in misfits}
    for other in misfits:
        if other.row.sequence == misfit.row.sequence:
            continue
        canonical = canonical_of_row(other.row, misfit.row.sequence)
        for previous in _sources(misfits):
            if linked(previous, canonical, other.digest) in hashes:
                return other.row.sequence
    return None
