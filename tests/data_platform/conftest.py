"""The FHIR interface in a process, on the real database, with a caller already let in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from xinglin.data_platform.search import Definitions, use
from xinglin.data_platform.store import Store, StoreSettings, module
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.database import Database
from xinglin.foundation.errors import XinglinError
from xinglin.foundation.http import Principal
from xinglin.foundation.ids import SystemIds

SETTINGS = StoreSettings(max_resource_bytes=2**20, max_bundle_bytes=8 * 2**20, max_bundle_entries=2000)


@pytest.fixture(autouse=True, scope="module")
def no_own_parameters() -> Iterator[None]:
    """What one module's database defines is not there in the next one's."""
    yield
    use(Definitions())


@pytest.fixture
def store() -> Store:
    return Store(SystemClock(), SystemIds())


@asynccontextmanager
async def served(database: Database, store: Store, settings: StoreSettings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the FHIR interface. Anything unexpected is raised in the test, so no 500 can hide."""
    rooms = module(store, database, SystemClock(), SystemIds(), settings)
    routes = [Route(route.path, route.endpoint, methods=list(route.methods)) for route in rooms.routes]
    application = Starlette(routes=routes, exception_handlers={XinglinError: _spoken})

    async def let_in(scope: Scope, receive: Receive, send: Send) -> None:
        scope["xinglin.principal"] = Principal("tester", "tester", "program", "session")
        await application(scope, receive, send)

    transport = httpx.ASGITransport(let_in)
    async with httpx.AsyncClient(transport=transport, base_url="http://node/fhir", timeout=60) as client:
        yield client


@pytest.fixture
async def fhir(database: Database, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """The interface with the settings of the tests."""
    async with served(database, store, SETTINGS) as client:
        yield client


Serve = Callable[[StoreSettings], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def serve(database: Database, store: Store) -> Serve:
    """The interface with settings of the test's own."""
    return lambda settings: served(database, store, settings)


async def _spoken(request: Request, error: Exception) -> Response:
    assert isinstance(error, XinglinError)
    body = orjson.dumps(error.operation_outcome())
    return Response(body, error.category.http_status, media_type="application/fhir+json")
