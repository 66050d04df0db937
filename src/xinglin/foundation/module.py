"""What a room gives to the assembly: one ``Module``, and nothing else is asked of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .bus import Subscription
from .database import Migrations

PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Route:
    """An HTTP route and the permission that opens it.

    ``endpoint`` is a Starlette endpoint (``async (Request) -> Response``) or, with ``model`` routes, left to
    ``api``. ``permission`` is ``<room>.<verb>`` as listed in the module, or ``PUBLIC`` for what anybody may
    reach without signing in.
    """

    path: str
    methods: tuple[str, ...]
    endpoint: Callable[..., Any]
    permission: str


@dataclass(frozen=True, slots=True)
class Job:
    """Work that runs for as long as its process does; ``run`` returns only when cancelled.

    A job that raises is logged and started again with growing pauses; it must be safe to start twice. ``process`` is
    one of the node's workers (``server.assembly.WORKERS``): work that keeps a core busy has a process of its own, or
    all events would wait for it.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    process: str = "worker"


@dataclass(frozen=True, slots=True)
class Module:
    """A room as the assembly sees it.

    ``routes`` are lean routes; ``api`` is a FastAPI ``APIRouter`` whose operations each carry
    ``openapi_extra={"x-permission": "<room>.<verb>"}`` (see ``foundation.http.needs``). ``health`` gives the figures
    of the room, ``processes`` those of processes of the node, by name, that the room can tell of.
    """

    name: str
    routes: Sequence[Route] = ()
    api: Any = None
    subscriptions: Sequence[Subscription] = ()
    jobs: Sequence[Job] = ()
    permissions: Sequence[str] = ()
    events: Sequence[str] = ()
    migrations: Migrations | None = None
    health: Callable[[], Awaitable[dict[str, Any]]] | None = None
    processes: Mapping[str, Callable[[], Awaitable[dict[str, Any]]]] = field(default_factory=dict)
    settings: Any = field(default=None)
