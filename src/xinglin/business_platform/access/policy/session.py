"""Who asks, as PostgreSQL is told: settings of the session that both the filter and the wall read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xinglin.foundation.database import Session
from xinglin.foundation.http import Principal

_WHOLE = frozenset({"integration", "medical_director"})
_CARING = frozenset({"physician", "nurse"})
_DESKS = frozenset({"technician", "pharmacist", "registrar"})

NOBODY = Session(reading=(("xinglin.reach", "none"),), writing=(("xinglin.reach", "none"),))
"""Before it is known whose a request is, nothing is read or written."""


def session_of(principal: Principal, parties: Sequence[str]) -> Session:
    """The session of ``principal``, whose own references and those of their units and places are ``parties``.

    What is only read is behind the wall; a transaction writes after the rules were asked, and then for the whole
    institution, since one commit may carry several people's writes.
    """
    patients = [principal.patient] if _only_of_one(principal) else principal.patients
    who = (
        ("xinglin.tenant", str(principal.tenant)),
        ("xinglin.account", principal.id),
        ("xinglin.patients", _array(filter(None, patients))),
        ("xinglin.parties", _array(parties)),
        ("xinglin.desks", _array(sorted(principal.roles & _DESKS))),
        ("xinglin.purpose", principal.purpose),
    )
    return Session(
        reading=(*who, ("xinglin.reach", _reach(principal))),
        writing=(*who, ("xinglin.reach", "all")),
        shared=(("xinglin.tenant", str(principal.tenant)), ("xinglin.reach", "all")),
    )


def _reach(principal: Principal) -> str:
    if _only_of_one(principal):
        return "own"
    if principal.roles & _WHOLE:
        return "all"
    return "care" if principal.roles & _CARING else "own"


def _only_of_one(principal: Principal) -> bool:
    """Whether all that a program may do is about the patient of its launch."""
    scopes = [one for one in principal.scopes or () if "/" in one and not one.startswith("launch")]
    return principal.patient is not None and bool(scopes) and all(one.startswith("patient/") for one in scopes)


def _array(words: Iterable[str]) -> str:
    """As PostgreSQL writes an array. The words are ids and references; one that holds a quote is none, and refused."""
    listed = list(words)
    if any(set(word) & set('"\\{}') for word in listed):
        raise ValueError("no id of a resource or an account holds this")
    return "{" + ",".join(f'"{word}"' for word in listed) + "}"
