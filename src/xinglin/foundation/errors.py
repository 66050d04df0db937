"""The closed list of ways an operation can fail, each mapped once to HTTP and to a FHIR issue code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

ISSUE_CODE_MAX_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Mapping:
    """How a category is spoken: HTTP status (RFC 9110) and FHIR R4 IssueType code."""

    http_status: int
    issue_code: str


class Category(Enum):
    """Every failure that may reach a caller; anything else is a defect and becomes ``FAULT``."""

    INVALID = Mapping(400, "invalid")
    UNPROCESSABLE = Mapping(422, "processing")
    UNAUTHENTICATED = Mapping(401, "login")
    FORBIDDEN = Mapping(403, "forbidden")
    NOT_FOUND = Mapping(404, "not-found")
    GONE = Mapping(410, "deleted")
    CONFLICT = Mapping(409, "conflict")
    PRECONDITION = Mapping(412, "conflict")
    TOO_LARGE = Mapping(413, "too-long")
    NOT_ACCEPTABLE = Mapping(406, "not-supported")
    UNSUPPORTED_MEDIA = Mapping(415, "not-supported")
    UNSUPPORTED = Mapping(405, "not-supported")
    BUSY = Mapping(429, "throttled")
    UNAVAILABLE = Mapping(503, "transient")
    STORAGE_FULL = Mapping(507, "no-store")
    FAULT = Mapping(500, "exception")

    @property
    def http_status(self) -> int:
        return self.value.http_status

    @property
    def issue_code(self) -> str:
        return self.value.issue_code


class XinglinError(Exception):
    """An expected failure with text that a person can act on, in English and Chinese.

    ``expression`` names the FHIRPath or parameter at fault; ``issue_code`` narrows the category's
    FHIR code (for instance ``required`` or ``not-supported``); ``retry_after_seconds`` becomes the header, and so does
    ``challenge`` (WWW-Authenticate, RFC 9110 §11.6.1), which every UNAUTHENTICATED has.
    """

    def __init__(
        self,
        category: Category,
        english: str,
        chinese: str | None = None,
        *,
        expression: str | None = None,
        issue_code: str | None = None,
        retry_after_seconds: int | None = None,
        challenge: str | None = None,
    ) -> None:
        super().__init__(english)
        self.category = category
        self.english = english[:ISSUE_CODE_MAX_CHARACTERS]
        self.chinese = (chinese or english)[:ISSUE_CODE_MAX_CHARACTERS]
        self.expression = expression
        self.issue_code = issue_code or category.issue_code
        self.retry_after_seconds = retry_after_seconds
        self.challenge = challenge or ("Bearer" if category is Category.UNAUTHENTICATED else None)

    def headers(self) -> dict[str, str]:
        """What an HTTP answer that tells of this failure says beside its body."""
        said = {}
        if self.retry_after_seconds is not None:
            said["Retry-After"] = str(self.retry_after_seconds)
        if self.challenge is not None:
            said["WWW-Authenticate"] = self.challenge
        return said

    def operation_outcome(self) -> dict[str, Any]:
        """This failure as a FHIR R4 OperationOutcome, with the Chinese text in the translation extension."""
        issue: dict[str, Any] = {
            "severity": "error",
            "code": self.issue_code,
            "details": {
                "text": self.english,
                "_text": {"extension": [translation("zh-CN", self.chinese)]},
            },
            "diagnostics": self.english,
        }
        if self.expression:
            issue["expression"] = [self.expression]
        return {"resourceType": "OperationOutcome", "issue": [issue]}


def translation(language: str, text: str) -> dict[str, Any]:
    """The R4 ``translation`` extension (hl7.org/fhir/R4/extension-translation.html)."""
    return {
        "url": "http://hl7.org/fhir/StructureDefinition/translation",
        "extension": [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": text}],
    }
