"""What the names in a URL lead to, and how one is refused that leads to nothing."""

from __future__ import annotations

from typing import Any

from xinglin.foundation.errors import Category, XinglinError

from ..fhir import is_id, known_type
from ..search import sight
from . import repository
from .model import Version

MADE_BY_THE_NODE = frozenset({"AuditEvent"})
"""Types that are told from the audit trail and never stored (decision 0016)."""


def refuse_made_by_the_node(type_: str) -> None:
    """Raise UNSUPPORTED for a type whose resources nobody may write."""
    if type_ in MADE_BY_THE_NODE:
        raise XinglinError(
            Category.UNSUPPORTED,
            f"{type_}s are made by this node alone: they can be read and searched, not written",
            f"{type_} 仅由本节点生成，只能读取和检索，不能写入",
        )


def known(type_: str | None, id_: str | None = None) -> None:
    """Raise NOT_FOUND for a type that R4 does not have, or an id that nothing can have."""
    if type_ is not None and not known_type(type_):
        raise XinglinError(
            Category.NOT_FOUND,
            f"'{type_[:64]}' is not an R4 resource type",
            f"“{type_[:64]}”不是 R4 资源类型",
            issue_code="not-supported",
        )
    if id_ is not None and not is_id(id_):
        raise not_found(str(type_), id_[:64])


def not_found(type_: str, id_: str) -> XinglinError:
    return XinglinError(Category.NOT_FOUND, f"{type_}/{id_} is not known here", f"此处没有 {type_}/{id_}")


async def absent(type_: str, id_: str, place: str = "") -> XinglinError:
    """What is said where nothing was found among what the caller may see; ``place`` is how the URL names it."""
    seen = sight()
    hidden = None if seen is None else await seen.hidden(type_, id_)
    return hidden or not_found(type_, place or id_)


def gone(type_: str, id_: str) -> XinglinError:
    return XinglinError(Category.GONE, f"{type_}/{id_} was deleted", f"{type_}/{id_} 已删除")


async def present(found: Version | None, type_: str, id_: str, place: str = "") -> Version:
    """``found``, which has content. Raises NOT_FOUND where it is None, or GONE for a deletion; ``place`` is how the URL
    names it."""
    if found is None:
        raise await absent(type_, id_, place)
    if found.content is None:
        raise gone(type_, place or id_)
    return found


async def version_named(connection: Any, type_: str, id_: str, version: str | None) -> Version:
    """The version that a URL names, or the current one, with its content. Raises NOT_FOUND, or GONE for a
    deletion."""
    known(type_, id_)
    place = id_ if version is None else f"{id_}/_history/{version[:64]}"
    if version is None:
        found = await repository.current(connection, type_, id_)
    else:
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
        found = await repository.version(connection, type_, id_, number)
    return await present(found, type_, id_, place)


def patchable(type_: str, id_: str, current: Version | None) -> bytes:
    """The content that a patch of this resource is applied to. Raises NOT_FOUND or GONE."""
    if current is None:
        raise not_found(type_, id_)
    if current.content is None:
        raise gone(type_, id_)
    return current.content
