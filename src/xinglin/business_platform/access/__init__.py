"""Who is let in, and who they are: accounts, sign-in, sessions, tokens, and the guard before every route."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xinglin.foundation.clock import Clock
from xinglin.foundation.database import Database, Migrations
from xinglin.foundation.errors import Category, XinglinError
from xinglin.foundation.ids import Ids
from xinglin.foundation.module import Module

from . import audit
from .audit import AuditSettings, Trail, Watch, named, unnoted
from .changes import Changes
from .guard import Guard
from .identity.accounts import Accounts
from .identity.credentials import Credentials
from .identity.guests import Guests
from .identity.model import Account, Membership, NewAccount
from .identity.passkey import Passkeys
from .identity.password import Passwords
from .identity.phone import CodeSender, LoggedCodes, PhoneCodes
from .identity.second_factor import SecondFactor
from .identity.signing_in import SigningIn
from .model import AccessSettings
from .oauth.address import Addresses
from .oauth.authorization import Authorization
from .oauth.provider import Provider
from .oauth.registry import Registry
from .oauth.signing import SigningKeys
from .policy import (
    BREAK_GLASS_USED,
    NOBODY,
    WALL_MIGRATIONS,
    Governing,
    Locate,
    Policies,
    PolicySettings,
    Sees,
    candidates,
    watch,
)
from .policy import MIGRATIONS as POLICY_MIGRATIONS
from .policy import router as policy_router
from .protection import ProtectionSettings, Throttle
from .routes import (
    Endpoints,
    NodeFacts,
    account_router,
    client_router,
    consent_router,
    credential_router,
    joined,
    patient_router,
    router,
    sign_in_router,
)
from .scope import Scope, resource_scopes, scope_of, scopes_of
from .secret import Seal
from .service import Access

MIGRATIONS = Migrations("access", Path(__file__).parent / "migrations")

__all__ = [
    "MIGRATIONS",
    "NOBODY",
    "POLICY_MIGRATIONS",
    "WALL_MIGRATIONS",
    "Access",
    "AccessSettings",
    "Account",
    "Accounts",
    "AuditSettings",
    "Changes",
    "Governing",
    "Guard",
    "Identity",
    "Membership",
    "NewAccount",
    "NodeFacts",
    "Policies",
    "PolicySettings",
    "ProtectionSettings",
    "Scope",
    "Sees",
    "Throttle",
    "Trail",
    "Watch",
    "audit",
    "candidates",
    "make_access",
    "make_identity",
    "make_policies",
    "module",
    "named",
    "resource_scopes",
    "scope_of",
    "scopes_of",
    "unnoted",
    "watch",
]


@dataclass(frozen=True, slots=True)
class Identity:
    """The services that say who somebody is, joined."""

    access: Access
    accounts: Accounts
    signing_in: SigningIn
    credentials: Credentials
    guests: Guests
    registry: Registry
    authorization: Authorization
    provider: Provider
    keys: SigningKeys
    addresses: Addresses


def make_access(
    database: Database, clock: Clock, ids: Ids, settings: AccessSettings, changes: Changes | None = None
) -> Access:
    """The service that makes links and sessions and tells whom a secret belongs to. It remembers nothing where
    ``changes`` are not listened to."""
    return Access(database, clock, ids, settings, changes or Changes(database))


def make_policies(database: Database, clock: Clock, ids: Ids, settings: PolicySettings, changes: Changes) -> Policies:
    """The rules in force, which forget what they remembered when ``changes`` tell of one."""
    policies = Policies(database, clock, ids, settings)
    changes.subscribe(lambda _: policies.forget())
    return policies


def make_identity(
    access: Access,
    database: Database,
    clock: Clock,
    ids: Ids,
    settings: AccessSettings,
    changes: Changes,
    node: NodeFacts,
    key: bytes,
    *,
    code_sender: CodeSender | None = None,
) -> Identity:
    """What stands around ``access``. ``key`` is the data folder's own, by which what must be read again is sealed;
    ``code_sender`` brings codes to phones in place of what the settings name."""
    seal = Seal(key)
    passkeys, passwords, factor = Passkeys(clock, seal, node.name), Passwords(), SecondFactor(seal)
    addresses = Addresses(lambda: settings.public_url or node.public_url())
    keys = SigningKeys(database, clock, settings, seal)
    return Identity(
        access=access,
        accounts=Accounts(database, clock, ids, settings, access, changes),
        signing_in=SigningIn(
            database,
            clock,
            access,
            passkeys,
            passwords,
            factor,
            PhoneCodes(seal),
            code_sender or _code_sender(settings),
        ),
        credentials=Credentials(database, clock, access, changes, passkeys, passwords, factor, node.name),
        guests=Guests(database, clock, access, seal),
        registry=Registry(database, clock, ids, changes),
        authorization=Authorization(database, clock, ids, addresses),
        provider=Provider(database, clock, ids, settings, access, changes, addresses, keys),
        keys=keys,
        addresses=addresses,
    )


def module(identity: Identity, node: NodeFacts, policies: Policies, governing: Governing, locate: Locate) -> Module:
    """The room's routes. ``locate`` finds by a number whose record somebody asks to open."""
    access = identity.access
    return Module(
        name="access",
        routes=Endpoints(identity.authorization, identity.provider, identity.keys, identity.addresses).routes(),
        api=joined(
            router(access, identity.guests, node),
            sign_in_router(access, identity.signing_in, node),
            credential_router(identity.credentials),
            account_router(identity.accounts, access, node),
            patient_router(identity.accounts, node),
            client_router(identity.registry, access),
            consent_router(identity.authorization),
            policy_router(policies, governing, locate),
        ),
        permissions=(
            "access.self",
            "access.session",
            "access.link",
            "access.guest",
            "access.credential",
            "access.account",
            "access.patient",
            "access.client",
            "access.consent",
            "access.userinfo",
            "access.why",
            "access.emergency",
            "access.review",
            "access.policy",
        ),
        events=(BREAK_GLASS_USED,),
        migrations=MIGRATIONS,
    )


def _code_sender(settings: AccessSettings) -> CodeSender | None:
    senders: dict[str, CodeSender | None] = {"none": None, "log": LoggedCodes()}
    if settings.phone_codes not in senders:
        raise XinglinError(
            Category.INVALID,
            f"[access] phone_codes is {settings.phone_codes!r}; it may be none or log",
            f"[access] phone_codes 为 {settings.phone_codes!r}，可选 none 或 log",
        )
    return senders[settings.phone_codes]
