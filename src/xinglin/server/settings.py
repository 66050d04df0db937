"""A node's settings, read once from its ``xinglin.toml`` and the environment."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import msgspec

from xinglin.applications.digital_twin import DigitalTwinSettings
from xinglin.applications.health_management import HealthManagementSettings
from xinglin.applications.internet_hospital import InternetHospitalSettings
from xinglin.applications.settlement import SettlementSettings
from xinglin.business_platform.access import AccessSettings, AuditSettings, PolicySettings, ProtectionSettings
from xinglin.business_platform.scheduling import SchedulingSettings
from xinglin.data_platform.store import StoreSettings
from xinglin.foundation import config
from xinglin.foundation.bus import BusSettings
from xinglin.foundation.database import DatabaseSettings
from xinglin.gateways.hl7v2 import Hl7v2Settings

from .supervisor import Endpoints


class NodeSettings(msgspec.Struct, frozen=True):
    """Who this node is. ``path`` is its place in the tree and the end of its bus subjects."""

    name: str = "杏林示范医院"
    path: str = "cn.sh.demo"
    zone: str = "Asia/Shanghai"


class WebSettings(msgspec.Struct, frozen=True):
    """How many web processes serve, and what they accept. ``large_bodies_mib`` is what the FHIR bodies over 1 MiB that
    one process holds at a time may weigh together; further ones wait."""

    processes: int = 2
    port: int = 8642
    large_bodies_mib: int = 256


@dataclass(frozen=True, slots=True)
class Settings:
    """Every room's settings."""

    node: NodeSettings
    web: WebSettings
    database: DatabaseSettings
    bus: BusSettings
    access: AccessSettings
    policy: PolicySettings
    audit: AuditSettings
    protection: ProtectionSettings
    store: StoreSettings
    scheduling: SchedulingSettings
    hl7v2: Hl7v2Settings
    internet_hospital: InternetHospitalSettings
    settlement: SettlementSettings
    health_management: HealthManagementSettings
    digital_twin: DigitalTwinSettings


def read_settings(file: Path) -> Settings:
    """The settings of a node as its owner wrote them; raises INVALID naming what is wrong."""
    environment = config.environment()
    return Settings(
        node=config.read("node", NodeSettings, file, environment),
        web=config.read("web", WebSettings, file, environment),
        database=config.read("database", DatabaseSettings, file, environment),
        bus=config.read("bus", BusSettings, file, environment),
        access=config.read("access", AccessSettings, file, environment),
        policy=config.read("policy", PolicySettings, file, environment),
        audit=config.read("audit", AuditSettings, file, environment),
        protection=config.read("protection", ProtectionSettings, file, environment),
        store=config.read("store", StoreSettings, file, environment),
        scheduling=config.read("scheduling", SchedulingSettings, file, environment),
        hl7v2=config.read("hl7v2", Hl7v2Settings, file, environment),
        internet_hospital=config.read("internet_hospital", InternetHospitalSettings, file, environment),
        settlement=config.read("settlement", SettlementSettings, file, environment),
        health_management=config.read("health_management", HealthManagementSettings, file, environment),
        digital_twin=config.read("digital_twin", DigitalTwinSettings, file, environment),
    )


def located(settings: Settings, endpoints: Endpoints) -> Settings:
    """The same settings with the places of the embedded servers where no external one was named."""
    database, bus = settings.database, settings.bus
    if not database.url:
        database = msgspec.structs.replace(
            database,
            url=endpoints.database_url,
            owner_url=endpoints.database_owner_url,
            folder=endpoints.database_folder,
        )
    elif not database.owner_url:
        database = msgspec.structs.replace(database, owner_url=database.url)
    if not bus.url:
        bus = msgspec.structs.replace(bus, url=endpoints.bus_url, token=endpoints.bus_token)
    return dataclasses.replace(settings, database=database, bus=bus)
