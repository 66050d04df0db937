"""Lines of NDJSON as drafts that put each resource at its own id."""

from __future__ import annotations

import msgspec

from xinglin.foundation.errors import Category, XinglinError

from ...fhir import compact
from ..model import Draft
from ..preparing import prepare
from .model import Portion, Refusal


class Head(msgspec.Struct, frozen=True, rename={"resource_type": "resourceType"}):
    """What is read of a resource first: where it goes."""

    resource_type: str = ""
    id: str = ""


_decode = msgspec.json.Decoder(Head).decode
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def head_of(text: bytes) -> Head:
    """Type and id in ``text``; empty where it has none that could be one."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Head()


def draft_of(text: bytes) -> Draft:
    """A draft that puts the resource in compact ``text`` at its own id. Raises INVALID, also for one without id:
    loaded twice it would be there twice."""
    head = head_of(text)
    if head.resource_type and not head.id:
        raise XinglinError(
            Category.INVALID,
            f"{head.resource_type}.id is missing; a resource is loaded at its own id",
            f"缺少 {head.resource_type}.id：导入的资源必须自带 id",
            expression=f"{head.resource_type}.id",
            issue_code="required",
        )
    return prepare(text, head.resource_type, head.id, "PUT", id_in_url=True)


def read(portion: Portion) -> tuple[list[tuple[int, Draft]], list[Refusal]]:
    """The drafts of a portion's lines with their numbers, and what cannot be one; empty lines are passed over."""
    drafts: list[tuple[int, Draft]] = []
    refusals: list[Refusal] = []
    for number, line in enumerate(portion.text.split(b"\n"), portion.first_line):
        if number in portion.too_long:
            refusals.append(_too_long(number))
            continue
        text = line.strip().removeprefix(_BYTE_ORDER_MARK)
        if text:
            try:
                drafts.append((number, draft_of(compact(text))))
            except XinglinError as error:
                refusals.append(Refusal.of(error, number))
    return drafts, refusals


def _too_long(number: int) -> Refusal:
    return Refusal(
        number, "the line is longer than store.max_resource_bytes", "该行超过 store.max_resource_bytes 的限制"
    )
