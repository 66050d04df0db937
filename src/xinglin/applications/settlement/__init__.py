"""Settlement: what a visit costs, who paid it, and a ledger in which every entry sums to nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from xinglin.data_platform.store import Store
from xinglin.foundation.bus import Subscription
from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Job, Module

from .bill import Bills
from .events import BILL_CHANGED, PAYMENT_RECEIVED, PAYMENT_REFUNDED
from .payment import Following, OnlineProvider, Payments, Refunds, Taking
from .price import Loaded, Prices
from .reconciliation import Reconciling
from .routes import OWN, READ, RECONCILE, REFUND, TAKE, Prove, desk_router, notice_router, own_router
from .settings import SettlementSettings
from .showing import Showing

MIGRATIONS = Migrations("settlement", Path(__file__).parent / "migrations")

__all__ = ["MIGRATIONS", "Loaded", "Prices", "SettlementSettings", "module"]

_SUBJECTS = (
    "event.store.resource_changed.>",
    "event.scheduling.encounter_started.>",
    "event.internet_hospital.visit_signed.>",
    "event.virtual_doctor.order_placed.>",
)


def module(
    database: Database,
    store: Store,
    clock: Clock,
    ids: Ids,
    settings: SettlementSettings,
    zone: str,
    own_url: Callable[[], str],
    prove: Prove,
    transport: Any = None,
) -> Module:
    """The room. ``own_url`` is where the provider and payers reach this node, ``prove`` raises where somebody has not
    just proved who they are, ``transport`` stands in for the network to the provider. Raises INVALID where a provider
    is named without a secret to speak to it."""
    prices = Prices(database, store)
    book = Bills(store, prices, clock, ids)
    provider = _provider(settings, clock, ids, transport)
    taking = Taking(store, book, clock, ids)
    payments = Payments(database, book, taking, provider, clock, ids, settings, own_url)
    refunds = Refunds(payments, taking, provider, clock)
    reconciling = Reconciling(store, payments, refunds, provider, clock, zone)
    showing = Showing(store, book, payments, reconciling)
    api = own_router(showing, payments)
    api.routes.extend(notice_router(payments, provider).routes)
    api.routes.extend(desk_router(showing, payments, refunds, reconciling, prove).routes)
    return Module(
        name="settlement",
        api=api,
        subscriptions=(Subscription("settlement_bills", _SUBJECTS, book.handle),),
        jobs=(
            Job("settlement_prices", prices.keep_started),
            Job("settlement_following", Following(payments, refunds, clock, settings.ask_seconds).run),
            Job("settlement_reconciling", reconciling.keep_reconciled),
        ),
        permissions=(OWN, READ, TAKE, REFUND, RECONCILE),
        events=(BILL_CHANGED, PAYMENT_RECEIVED, PAYMENT_REFUNDED),
        migrations=MIGRATIONS,
        settings=settings,
    )


def _provider(settings: SettlementSettings, clock: Clock, ids: Ids, transport: Any) -> OnlineProvider | None:
    if not settings.provider_url:
        return None
    return OnlineProvider(settings.provider_url, settings.merchant, settings.key(), clock, ids, transport)
