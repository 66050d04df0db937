"""Bundles as they arrive: the envelope read, every resource left as the text that was sent."""

from __future__ import annotations

import msgspec

from xinglin.foundation.errors import Category, XinglinError

from ..fhir import compact, not_json, refuse_nul


class Request(msgspec.Struct, frozen=True, rename="camel"):
    """Bundle.entry.request (hl7.org/fhir/R4/bundle.html)."""

    method: str = ""
    url: str = ""
    if_none_match: str | None = None
    if_modified_since: str | None = None
    if_match: str | None = None
    if_none_exist: str | None = None


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    """Bundle.entry; ``resource`` is its JSON text."""

    full_url: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"")
    request: Request = Request()

    @property
    def text(self) -> bytes:
        return bytes(self.resource)

    @property
    def own_id(self) -> str | None:
        """The id that the resource brings, if any."""
        try:
            return _identity(self.text).id
        except msgspec.DecodeError:
            return None


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    """A Bundle to be carried out."""

    resource_type: str = ""
    type: str = ""
    entry: list[Entry] = []


class _Identity(msgspec.Struct, frozen=True):
    id: str | None = None


class _Counted(msgspec.Struct, frozen=True):
    entry: list[msgspec.Raw] = []


_SMALLEST_ENTRY_BYTES = 3  # {},
_identity = msgspec.json.Decoder(_Identity).decode
_decode = msgspec.json.Decoder(Envelope).decode
_count = msgspec.json.Decoder(_Counted).decode


def open_bundle(text: bytes, max_entries: int) -> Envelope:
    """The batch or transaction in ``text``, with compact resources.

    Raises INVALID for what is no such Bundle, TOO_LARGE for more than ``max_entries``.
    """
    if len(text) > max_entries * _SMALLEST_ENTRY_BYTES:
        _refuse_too_many(text, max_entries)
    text = compact(text)
    refuse_nul(text)
    try:
        envelope = _decode(text)
    except msgspec.ValidationError as error:
        raise XinglinError(
            Category.INVALID,
            f"the Bundle is not of R4's shape: {error}",
            f"Bundle 结构有误：{error}",
            expression="Bundle",
            issue_code="structure",
        ) from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise not_json(str(error)) from error
    if envelope.resource_type != "Bundle" or envelope.type not in ("batch", "transaction"):
        raise XinglinError(
            Category.INVALID,
            "a Bundle of type 'batch' or 'transaction' is expected here",
            "此处应提交类型为 batch 或 transaction 的 Bundle",
            expression="Bundle.type",
            issue_code="value",
        )
    return envelope


def _refuse_too_many(text: bytes, max_entries: int) -> None:
    """Counted before anything is made of the entries: a hundred thousand would keep others waiting. Text that cannot
    be read is left to be refused for that."""
    try:
        many = len(_count(text).entry)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return
    if many > max_entries:
        raise XinglinError(
            Category.TOO_LARGE,
            f"the Bundle has {many} entries; at most {max_entries} are taken, send it in parts",
            f"Bundle 含 {many} 个条目，最多接受 {max_entries} 个，请分批发送",
        )
