"""What an answer shows or changed, told to those who note accesses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from xinglin.foundation.http import Touched

_PATIENT = re.compile(rb'"reference":"(?:[^"]*/)?Patient/([A-Za-z0-9\-.]{1,64})[/"]')
_IN_ONE = 20


class Shown(Protocol):
    """A resource that an answer shows or changed."""

    @property
    def type(self) -> str: ...

    @property
    def id(self) -> str: ...

    def patients(self) -> Iterable[str]:
        """Ids of the patients whom it tells something of."""
        ...


def touch(touched: Touched, shown: Sequence[Shown]) -> None:
    """Note in ``touched`` what is ``shown``, and whose it is."""
    for one in shown:
        touched.add((f"{one.type}/{one.id}",), one.patients())


def patients_in(type_: str, id_: str, content: bytes | None) -> Iterable[str]:
    """The patient that the resource is, and those that ``content`` refers to, at most twenty.

    The one place that tells whose a stored resource is: all whom it names, which may be more than the compartments of
    R4 it is in, never fewer.
    """
    if type_ == "Patient":
        return (id_,)
    if content is None or b"Patient/" not in content:
        return ()
    named = dict.fromkeys(_PATIENT.findall(content))
    return [id_.decode() for id_ in list(named)[:_IN_ONE]]
