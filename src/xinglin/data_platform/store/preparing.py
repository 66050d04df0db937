"""From the text of a resource to a draft that can be written: parsed once, checked, indexed."""

from __future__ import annotations

from xinglin.foundation.errors import Category, XinglinError

from ..fhir import check_id, check_narratives, check_shape, parse
from ..search import index
from .defining import check_definition
from .known import refuse_made_by_the_node
from .model import ANY_VERSION, Draft, Method


def prepare(
    text: bytes,
    type_: str,
    id_: str,
    method: Method,
    id_in_url: bool = False,
    *,
    fresh: bool = False,
    expected_version: int | None = None,
) -> Draft:
    """A draft of the resource in compact ``text``, which must be a ``type_`` and, where the URL named its id,
    carry that id. Raises INVALID, UNPROCESSABLE for a
    narrative that acts, UNSUPPORTED for a type that only the node makes."""
    refuse_made_by_the_node(type_)
    resource = parse(text)
    found = resource.get("resourceType")
    if found != type_ and found is not None:
        raise XinglinError(
            Category.INVALID,
            f"a {type_} is expected here, not a {str(found)[:64]}",
            f"此处应为 {type_}，而不是 {str(found)[:64]}",
            expression="resourceType",
        )
    check_shape(resource)
    check_narratives(resource, text)
    check_definition(resource)
    if id_in_url:
        check_id(id_)
        if resource.get("id") != id_:
            raise XinglinError(
                Category.INVALID,
                f"the id in the resource must be '{id_}', as in the URL",
                f"资源中的 id 必须与 URL 中的“{id_}”一致",
                expression=f"{type_}.id",
            )
    return Draft(
        type_, id_, method, text, resource, fresh=fresh, expected_version=expected_version, index=index(resource)
    )


def prepare_deletion(type_: str, id_: str, expected_version: int | None = None) -> Draft:
    """A draft that deletes. Raises UNSUPPORTED for a type that only the node makes."""
    refuse_made_by_the_node(type_)
    return Draft(type_, id_, "DELETE", None, None, expected_version=expected_version)


def version_of(etag: str | None, header: str) -> int | None:
    """The version in an entity tag, ``W/"3"``, ``ANY_VERSION`` for ``*``; None for no tag. Raises PRECONDITION for one
    that is not ours."""
    if etag is None:
        return None
    if etag.strip() == "*":
        return ANY_VERSION
    text = etag.strip().removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise XinglinError(
            Category.PRECONDITION,
            f'{header} must be an ETag of this server, such as W/"3"',
            f'{header} 必须是本服务器给出的 ETag，例如 W/"3"',
        )
    return int(text)
