"""The internet hospital: one page on which a doctor sees, decides, orders and signs; and the pharmacy behind it."""

from __future__ import annotations

from pathlib import Path

from xinglin.data_platform.store import Store
from xinglin.data_platform.terminology import Catalogues
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Job, Module

from . import online, pharmacy, visit
from .online import Online
from .record import Records
from .settings import InternetHospitalSettings
from .visit.service import Prove

MIGRATIONS = Migrations("internet_hospital", Path(__file__).parent / "migrations")

__all__ = ["MIGRATIONS", "InternetHospitalSettings", "Online", "module"]


def module(
    database: Database,
    store: Store,
    catalogues: Catalogues,
    signatures: visit.Signatures,
    prove: Prove,
    clock: Clock,
    ids: Ids,
    at_home: Online,
    zone: str,
) -> Module:
    """The room. ``signatures`` signs with the node's key, ``prove`` raises where somebody has not just proved who they
    are; ``at_home`` is what online visits need, ``zone`` the node's."""
    records = Records(store, catalogues, clock)
    api = visit.router(visit.Rooms(database, store, records, signatures, prove, clock, ids, zone))
    api.routes.extend(
        pharmacy.router(pharmacy.Pharmacy(database, store, records, signatures, prove, clock, ids)).routes
    )
    visits = online.OnlineVisits(database, store, at_home, clock, ids)
    calls = online.Calls(at_home.passing, at_home.settings, clock)
    messages = online.Messages(visits, database, store, calls, clock, ids)
    api.routes.extend(online.router(visits, messages, calls, at_home.settings.photo_mib * 2**20).routes)
    return Module(
        name="internet_hospital",
        api=api,
        jobs=(Job("online_visit_closing", online.Closing(database, visits, calls, at_home, clock).watch),),
        permissions=(visit.CONSULT, pharmacy.REVIEW, online.ASK, online.ONLINE),
        events=(
            visit.VISIT_SIGNED,
            visit.ORDER_PLACED,
            visit.PRESCRIPTION_ISSUED,
            pharmacy.PRESCRIPTION_APPROVED,
            pharmacy.PRESCRIPTION_RETURNED,
            pharmacy.MEDICATION_DISPENSED,
            pharmacy.MEDICATION_TAKEN_BACK,
            online.ONLINE_VISIT_ASKED,
            online.ONLINE_MESSAGE_SENT,
            online.ONLINE_VISIT_CLOSED,
        ),
        migrations=MIGRATIONS,
        settings=at_home.settings,
    )
