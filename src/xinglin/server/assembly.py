"""The visible list of a node's rooms, and the one place that joins them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from socket import socket
from typing import Any

from nats.aio.client import Client

from xinglin import __version__
from xinglin.applications import (
    command_centre,
    digital_twin,
    health_management,
    internet_hospital,
    management,
    settlement,
    virtual_doctor,
)
from xinglin.business_platform import access, messaging, scheduling
from xinglin.data_platform import store, terminology
from xinglin.foundation import bus
from xinglin.foundation.clock import Clock, SystemClock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.ids import SystemIds
from xinglin.foundation.module import Job, Module
from xinglin.gateways import hl7v2

from . import health
from .settings import Settings
from .supervisor import DataFolder
from .telling import Telling

MIGRATIONS = [
    Migrations("bus", bus.MIGRATIONS_FOLDER),
    access.MIGRATIONS,
    access.POLICY_MIGRATIONS,
    access.audit.MIGRATIONS,
    store.MIGRATIONS,
    store.LOADING_MIGRATIONS,
    terminology.MIGRATIONS,
    access.WALL_MIGRATIONS,
    scheduling.MIGRATIONS,
    hl7v2.MIGRATIONS,
    command_centre.MIGRATIONS,
    digital_twin.MIGRATIONS,
    internet_hospital.MIGRATIONS,
    settlement.MIGRATIONS,
    management.MIGRATIONS,
    digital_twin.SPACE_MIGRATIONS,
]
WORKERS = ("worker", "mapper")
"""The processes that jobs name. The first also publishes the events and feeds the subscriptions."""


@dataclass(frozen=True, slots=True)
class Node:
    """One process's rooms, joined."""

    settings: Settings
    folder: DataFolder
    database: Database
    guard: access.Guard
    policies: access.Policies
    resources: store.Store
    changes: access.Changes
    trail: access.Trail
    throttle: access.Throttle
    clock: Clock
    live: bus.Live
    modules: Sequence[Module]
    mllp_listener: Callable[[socket], Job]


def assemble(
    settings: Settings, folder: DataFolder, database: Database, client: Client, payment_transport: Any = None
) -> Node:
    """Make every room with what it needs. Opens nothing and waits for nothing. ``payment_transport`` stands in for the
    network to the payment provider."""
    clock, ids = SystemClock(), SystemIds()
    changes = access.Changes(database)
    sessions = access.make_access(database, clock, ids, settings.access, changes)
    facts = access.NodeFacts(
        settings.node.name, settings.node.path, settings.node.zone, __version__, lambda: folder.endpoints().web_url
    )
    identity = access.make_identity(
        sessions, database, clock, ids, settings.access, changes, facts, folder.access_key()
    )
    policies = access.make_policies(database, clock, ids, settings.policy, changes)
    resources = store.Store(clock, ids)
    access.watch(resources)
    catalogues = terminology.make_catalogues(database, resources, clock)
    notices = messaging.Notices(resources, clock, ids, settings.node.zone)
    modules = [
        access.module(
            identity,
            facts,
            policies,
            access.Governing(database, clock, changes, sessions.require_recent),
            partial(access.candidates, database, resources),
        ),
        access.audit.module(database, clock, ids, settings.audit, settings.node.path, folder.audit),
        store.module(resources, database, clock, ids, settings.store),
        terminology.module(catalogues),
        messaging.module(database, notices, bus.Passing(client), [Telling(resources, notices, clock).subscription()]),
        scheduling.module(database, resources, clock, ids, settings.scheduling, settings.node.zone),
        hl7v2.module(database, resources, clock, ids, settings.hl7v2),
        command_centre.module(database, resources, clock, ids),
        digital_twin.module(database, resources, clock, ids, settings.digital_twin, settings.node.zone),
        internet_hospital.module(
            database,
            resources,
            catalogues,
            access.audit.Signatures(folder.audit, settings.audit, clock),
            sessions.require_recent,
            clock,
            ids,
            internet_hospital.Online(
                settings.internet_hospital,
                scheduling.queue.Queue(database, resources, clock, ids, settings.node.zone),
                virtual_doctor.how_urgent,
                bus.Passing(client),
            ),
            settings.node.zone,
        ),
        settlement.module(
            database,
            resources,
            clock,
            ids,
            settings.settlement,
            settings.node.zone,
            lambda: settings.access.public_url or folder.endpoints().web_url,
            sessions.require_recent,
            payment_transport,
        ),
        health_management.module(
            database,
            resources,
            notices,
            clock,
            ids,
            settings.node.zone,
            settings.health_management,
            virtual_doctor.how_urgent,
        ),
        management.module(database, resources, clock, settings.node.zone),
        digital_twin.space_module(database, resources, clock, ids),
        virtual_doctor.module(database, resources, clock, ids, settings.node.zone),
    ]
    reserve_mib = settings.database.disk_reserve_mib
    modules.append(health.module(database, client, folder, clock, reserve_mib, modules))
    return Node(
        settings=settings,
        folder=folder,
        database=database,
        guard=access.Guard(sessions, policies, sessions.require_recent),
        policies=policies,
        resources=resources,
        changes=changes,
        trail=access.Trail(database),
        throttle=access.Throttle(settings.protection, clock),
        clock=clock,
        live=bus.Live(client),
        modules=modules,
        mllp_listener=lambda bound: hl7v2.listener(database, clock, ids, settings.hl7v2, bound),
    )
