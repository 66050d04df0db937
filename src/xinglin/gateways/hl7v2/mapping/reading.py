"""One message being mapped, and the batch it belongs to: nothing here talks to a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from xinglin.foundation.ids import derived

from ..failure import Unmappable
from ..settings import Hl7v2Settings
from ..syntax import Message, Segment, instant
from .datatype import slug

Key: TypeAlias = tuple[str, str, str]
"""Resource type, identifier system, value."""
Reference: TypeAlias = tuple[str, str]
"""Resource type, id."""

_MERGES_MAX = 8
_SYSTEMS: dict[tuple[Any, ...], str] = {}
_SYSTEMS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Happening:
    """A clinical event that a message tells of; it is published when the message changed something."""

    name: str
    subject: str
    reference: str
    at: datetime


@dataclass(slots=True)
class Workspace:
    """What a batch knows: ids of identifiers, current resources, and the newest telling of each subject.

    ``current`` holds resources as they will be once the batch is committed, so that later messages of the
    batch see the earlier ones; resources are never changed in place.
    """

    settings: Hl7v2Settings
    ids: dict[Key, str] = field(default_factory=dict)
    current: dict[Reference, dict[str, Any]] = field(default_factory=dict)
    told_at: dict[str, datetime] = field(default_factory=dict)
    known: set[Key] = field(default_factory=set)
    """Identifiers that the store has, whether or not their resources were fetched."""
    given: dict[Key, str] = field(default_factory=dict)
    """Identifiers that messages of this batch gave to resources known by others."""
    written: set[Reference] = field(default_factory=set)
    """What messages of this batch write."""
    versions: dict[Reference, int] = field(default_factory=dict)
    """The versions of what was looked up, 0 where there was nothing."""
    dialect: str = field(init=False)
    """What of the settings decides how a field is understood: the same for the same settings, for caches."""

    def __post_init__(self) -> None:
        settings = self.settings
        self.dialect = repr((settings.zone, settings.fallback_system, settings.authorities, settings.senders))

    def id_of(self, key: Key) -> str:
        """The id of the resource with that identifier, or the one it will have: derived, so that a replay
        of the same messages meets the same resources."""
        found = self.ids.get(key)
        if found is None:
            found = self.ids[key] = derived(*key)
        return found

    def looked_up(self, asked: set[Reference], found: dict[Reference, dict[str, Any]]) -> None:
        """Note what the store has of ``asked``."""
        self.current.update(found)
        for reference in asked:
            self.versions[reference] = int(found[reference]["meta"]["versionId"]) if reference in found else 0

    def rests_on(self, earlier: Mapping[Reference, int]) -> dict[Reference, int]:
        """The version that each resource of this batch was worked out from: as ``earlier``, the batch before,
        has written it by now, or as it was looked up. What is written without a look is left out."""
        versions = {**self.versions, **earlier}
        return {reference: versions[reference] for reference in self.written if reference in versions}

    def rest_on(self, earlier: Workspace) -> None:
        """See what the batch before this one, not yet committed, leaves behind."""
        self.current.update({place: earlier.current[place] for place in earlier.written})
        self.ids.update({key: id_ for key, id_ in earlier.given.items() if key not in self.known})
        for subject, at in earlier.told_at.items():
            newest = self.told_at.get(subject)
            if newest is None or at > newest:
                self.told_at[subject] = at

    def survivor(self, patient_id: str) -> str:
        """The patient that this one was merged into (A34, A40), or itself."""
        for _ in range(_MERGES_MAX):
            patient = self.current.get(("Patient", patient_id))
            replaced = replaced_by(patient) if patient else None
            if replaced is None:
                return patient_id
            patient_id = replaced
        raise Unmappable(
            f"Patient/{patient_id} was merged in a circle or more than {_MERGES_MAX} times",
            f"患者 {patient_id} 的合并关系成环或超过 {_MERGES_MAX} 次",
        )


def replaced_by(patient: dict[str, Any]) -> str | None:
    """The id of the patient that replaces this one."""
    for link in patient.get("link", ()):
        if link.get("type") == "replaced-by":
            reference: str = link["other"].get("reference", "")
            if reference.startswith("Patient/"):
                return reference.removeprefix("Patient/")
    return None


class Reading:
    """What one message says, gathered apart from the batch until it is understood as a whole."""

    def __init__(self, message: Message, workspace: Workspace, received_at: datetime) -> None:
        settings = workspace.settings
        self.message = message
        self.workspace = workspace
        self.zone = settings.zone
        self.fallback = settings.fallback_system
        self.drafts: dict[Reference, dict[str, Any]] = {}
        self.given: dict[Key, str] = {}
        self.writes: list[dict[str, Any]] = []
        self.confirmed: dict[Reference, None] = {}
        self.told: dict[str, datetime] = {}
        self.happenings: list[Happening] = []
        self.patient_shown: str | None = None
        self.orders: list[Any] = []
        self.subjects: dict[int, Key] = {}
        header = message.header
        event = message.first("EVN")
        recorded = event.text(2) if event else ""
        self.sent_at: datetime = (
            (instant(header.sent_at, self.zone) if header.sent_at else None)
            or (instant(recorded, self.zone) if recorded else None)
            or received_at
        )
        occurred = (event.text(6) or recorded) if event else ""
        self.event_text = occurred or header.sent_at
        self.event_at: datetime = (instant(self.event_text, self.zone) if self.event_text else None) or self.sent_at

    def system_of(self, authority: str, kind: str) -> str:
        """The identifier system of an assigning authority (HD, as written) for identifiers of ``kind``."""
        header = self.message.header
        marks, application, facility = header.delimiters, header.sending_application, header.sending_facility
        cached = (self.workspace.dialect, authority, kind, application, facility, marks.all)
        found = _SYSTEMS.get(cached)
        if found is None:
            if len(_SYSTEMS) >= _SYSTEMS_MAX:
                _SYSTEMS.clear()
            named = marks.subcomponents(authority) if authority else []
            found = _SYSTEMS[cached] = _system(self.workspace.settings, named, kind, application, facility)
        return found

    def current(self, type_: str, id_: str) -> dict[str, Any] | None:
        """The resource as this message would leave it."""
        reference = (type_, id_)
        return self.drafts.get(reference) or self.workspace.current.get(reference)

    def id_of(self, key: Key) -> str:
        """As the workspace's, seeing what this message has ``give``n."""
        return self.given.get(key) or self.workspace.id_of(key)

    def give(self, key: Key, id_: str) -> None:
        """From this message on, ``key`` is an identifier of the resource with that id, unless another has it."""
        if self.id_of(key) != id_ and self.current(key[0], self.id_of(key)) is None:
            self.given[key] = id_

    def put(self, resource: dict[str, Any]) -> None:
        """Write ``resource`` with this message, unless it is so already."""
        reference = (resource["resourceType"], resource["id"])
        known = self.current(*reference)
        if known is not None and (known is resource or _same(known, resource)):
            self.confirmed[reference] = None
            return
        self.drafts[reference] = resource
        self.writes.append(resource)

    def is_late(self, subject: str) -> bool:
        """Whether a newer message about ``subject`` was applied before this one."""
        newest = self.workspace.told_at.get(subject)
        if newest is not None and self.sent_at < newest:
            return True
        self.told[subject] = self.sent_at
        return False

    def subject_of(self, known: dict[str, Any] | None, patient_id: str, element: str = "subject") -> dict[str, Any]:
        """A reference to the patient; what was written under a number that was merged away since stays."""
        subject: dict[str, Any] | None = (known or {}).get(element)
        if subject:
            written = str(subject.get("reference", "")).removeprefix("Patient/")
            if written and self.workspace.survivor(written) == patient_id:
                return subject
        return {"reference": f"Patient/{patient_id}"}

    def tell(self, name: str, subject: str, reference: str) -> None:
        """A clinical event happens if this message changes anything."""
        self.happenings.append(Happening(name, subject, reference, self.event_at))

    def settle(self) -> None:
        """Let the rest of the batch see what this message wrote."""
        self.workspace.current.update(self.drafts)
        self.workspace.written.update(self.drafts)
        self.workspace.ids.update(self.given)
        self.workspace.given.update(self.given)
        for subject, at in self.told.items():
            newest = self.workspace.told_at.get(subject)
            if newest is None or at > newest:
                self.workspace.told_at[subject] = at

    def first(self, name: str) -> Segment:
        """The segment that this message cannot do without. Raises ``Unmappable``."""
        segment = self.message.first(name)
        if segment is None:
            kind = self.message.header.kind
            raise Unmappable(f"{kind} has no {name} segment", f"{kind} 消息缺少 {name} 段")
        return segment


def _same(known: dict[str, Any], other: dict[str, Any]) -> bool:
    if "meta" not in known and "meta" not in other:
        return known == other
    return {k: v for k, v in known.items() if k != "meta"} == {k: v for k, v in other.items() if k != "meta"}


def _system(settings: Hl7v2Settings, authority: list[str], kind: str, application: str, facility: str) -> str:
    name = authority[0] if authority else ""
    universal, scheme = [*authority[1:3], "", ""][:2]
    if name in settings.authorities:
        return settings.authorities[name]
    if universal and scheme.upper() == "ISO":
        return f"urn:oid:{universal}"
    if universal and scheme.upper() == "UUID":
        return f"urn:uuid:{universal.lower()}"
    usual = settings.senders.get(application, {}).get(kind, "")
    if usual and (not name or kind == "location"):
        return settings.authorities.get(usual, f"{settings.fallback_system}/{slug(usual)}")
    if name or universal:
        named = f"{settings.fallback_system}/{slug(name or universal)}"
        return f"{named}/{kind}" if kind == "location" else named
    return f"{settings.fallback_system}/{slug(f'{application} {facility}')}/{kind}"
