"""Answers of interactions, as they go over HTTP or into a Bundle's entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import orjson

from xinglin.foundation.errors import XinglinError, translation

from ..fhir import instant
from .model import Draft, Written
from .touching import Shown


@dataclass(frozen=True, slots=True)
class Answer:
    """What an interaction came to. ``place`` is ``Type/id``; ``content`` is JSON, None for an empty body; ``shown`` is
    what it shows or changed."""

    status: int
    content: bytes | None = None
    place: str | None = None
    version: int | None = None
    updated: datetime | None = None
    shown: Sequence[Shown] = ()

    def headers(self, base: str, wrote: bool = False) -> dict[str, str]:
        """ETag, Last-Modified and, of what was written, Location (http.html#versionaware, #create)."""
        found = {}
        if self.version is not None:
            found["ETag"] = f'W/"{self.version}"'
        if self.updated is not None:
            found["Last-Modified"] = format_datetime(self.updated, usegmt=True)
        if wrote and self.place is not None:
            found["Location"] = f"{base}/{self.place}/_history/{self.version}"
        return found

    def entry(self, base: str, with_resource: bool, outcome: bytes | None = None) -> bytes:
        """This answer as an entry of a response Bundle, with an ``outcome`` if one is given."""
        response: dict[str, Any] = {"status": f"{self.status} {HTTPStatus(self.status).phrase}"}
        if outcome is not None:
            response["outcome"] = orjson.Fragment(outcome)
        if self.version is not None and self.place:
            response["location"] = f"{self.place}/_history/{self.version}"
            response["etag"] = f'W/"{self.version}"'
        if self.updated is not None:
            response["lastModified"] = instant(self.updated)
        parts = []
        if self.place and "/" in self.place:
            parts.append(b'"fullUrl":%b' % orjson.dumps(f"{base}/{self.place}"))
        if with_resource and self.content is not None:
            parts.append(b'"resource":%b' % self.content)
        parts.append(b'"response":%b' % orjson.dumps(response))
        return b"{%b}" % b",".join(parts)


def answer_of(written: Written, draft: Draft, with_resource: bool = True) -> Answer:
    """The answer to a write, with the resource as it is stored if that is wanted."""
    place = f"{written.type}/{written.id}"
    if draft.text is None:
        version = written.version or None
        return Answer(HTTPStatus.NO_CONTENT, None, place if version else None, version, written.updated, (written,))
    status = HTTPStatus.CREATED if written.status == "created" else HTTPStatus.OK
    content = draft.stored(written) if with_resource else None
    return Answer(status, content, place, written.version, written.updated, (written,))


def failed_entry(error: XinglinError) -> bytes:
    """A failure as an entry of a batch's answer."""
    status = error.category.http_status
    return orjson.dumps(
        {"response": {"status": f"{status} {HTTPStatus(status).phrase}", "outcome": error.operation_outcome()}}
    )


@dataclass(slots=True)
class BundleText:
    """A Bundle put together from texts, so that no resource is read again on its way out."""

    type: str
    entries: Sequence[bytes] = ()
    total: int | None = None
    links: list[tuple[str, str]] = field(default_factory=list)

    def text(self) -> bytes:
        head: dict[str, Any] = {"resourceType": "Bundle", "type": self.type}
        if self.total is not None:
            head["total"] = self.total
        if self.links:
            head["link"] = [{"relation": relation, "url": url} for relation, url in self.links]
        start = orjson.dumps(head)[:-1]
        if not self.entries:
            return start + b"}"
        return b'%b,"entry":[%b]}' % (start, b",".join(self.entries))


def url_of(place: str, parameters: Sequence[tuple[str, str]]) -> str:
    """``place`` with ``parameters`` as its query."""
    return f"{place}?{urlencode(parameters)}" if parameters else place


def information(english: str, chinese: str, code: str = "informational", severity: str = "information") -> bytes:
    """An OperationOutcome that tells rather than refuses."""
    details = {"text": english, "_text": {"extension": [translation("zh-CN", chinese)]}}
    return orjson.dumps(
        {
            "resourceType": "OperationOutcome",
            "issue": [{"severity": severity, "code": code, "details": details, "diagnostics": english}],
        }
    )
