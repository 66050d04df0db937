"""A patch as it came, ready to be carried out on the text of a resource."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from xinglin.foundation.errors import Category, XinglinError

from ...fhir import check_shape, parse
from . import exact, fhirpath_patch, json_patch
from .element import without_empty

JSON_PATCH = "application/json-patch+json"
_FHIR_JSON = frozenset({"application/fhir+json", "application/json", "application/json+fhir", "text/json"})


@dataclass(frozen=True, slots=True)
class Patch:
    """Checked operations of either kind."""

    is_json_patch: bool
    operations: Any

    def apply(self, content: bytes) -> bytes:
        """The resource in ``content`` with every operation carried out; ``content`` itself where that changes
        nothing. Numbers that the patch does not touch stay as they were written;
        arrays and objects that it empties go, as FHIR has none (json.html#null).

        Raises UNPROCESSABLE where an operation fails, or where the outcome has another type or id. Whether the
        outcome is of R4's shape is the caller's to check, as for an update.
        """
        before = exact.read(content)
        unchanged, type_, id_ = exact.write(before), before["resourceType"], before.get("id")
        carry_out: Any = json_patch.apply if self.is_json_patch else fhirpath_patch.apply
        after = without_empty(carry_out(before, self.operations))
        if not isinstance(after, dict) or after.get("resourceType") != type_ or after.get("id") != id_:
            raise XinglinError(
                Category.UNPROCESSABLE,
                "a patch must leave the resource's type and id as they are",
                "patch 不得改变资源的类型和 id",
                issue_code="business-rule",
            )
        text = exact.write(after)
        return content if text == unchanged else text


def read_patch(media_type: str, body: bytes) -> Patch:
    """The patch in ``body``. Raises UNSUPPORTED_MEDIA for XML and others, INVALID for what is no patch."""
    if media_type == JSON_PATCH:
        return Patch(True, json_patch.check(exact.read(body)))
    if media_type in _FHIR_JSON:
        given = exact.read(body)
        if isinstance(given, list):
            return Patch(True, json_patch.check(given))
        return _fhirpath(body, given)
    raise XinglinError(
        Category.UNSUPPORTED_MEDIA,
        f"send a patch as {JSON_PATCH} (JSON Patch) or application/fhir+json (FHIRPath Patch),"
        f" not as '{media_type[:100]}'",
        f"请以 {JSON_PATCH}（JSON Patch）或 application/fhir+json（FHIRPath Patch）提交，不支持“{media_type[:100]}”",
    )


def _fhirpath(text: bytes, given: Any) -> Patch:
    """The FHIRPath Patch in ``text``, which ``given`` holds with its numbers as they were written."""
    operations = fhirpath_patch.check(given)
    check_shape(parse(text))
    return Patch(False, operations)


def of_entry(text: bytes) -> Patch:
    """The patch in a Bundle's entry: Parameters, or a JSON Patch in a Binary (http.html#patch)."""
    given = exact.read(text)
    if given.get("resourceType") != "Binary":
        return _fhirpath(text, given)
    media_type = str(given.get("contentType", "")).partition(";")[0].strip().lower()
    try:
        body = base64.b64decode(given.get("data", ""), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise XinglinError(
            Category.INVALID, "Binary.data must be base64", "Binary.data 应为 base64 编码", expression="Binary.data"
        ) from error
    return read_patch(media_type, body)
