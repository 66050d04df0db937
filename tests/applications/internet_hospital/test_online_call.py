"""Two browsers meet through the node for a video call: only the two of one visit, bounded, and nothing is kept."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from clinic import Clinic
from from_home import URL, seen_online

from xinglin.applications.internet_hospital import InternetHospitalSettings
from xinglin.applications.internet_hospital.online import Calls
from xinglin.applications.internet_hospital.online.calling import CHANGED
from xinglin.applications.internet_hospital.online.member import Member
from xinglin.applications.internet_hospital.online.model import SignalsAsked
from xinglin.foundation.bus import BusSettings, Passing, open_bus
from xinglin.foundation.clock import SystemClock
from xinglin.foundation.errors import Category, XinglinError


@pytest.fixture
async def passing(bus_settings: BusSettings) -> AsyncIterator[Passing]:
    """As another web process has it."""
    client = await open_bus(bus_settings, name="other")
    yield Passing(client)
    await client.close()


def member(side: str = "patient", visit: str = "visit-1") -> Member:
    reference = "Patient/p" if side == "patient" else "Practitioner/d"
    return Member(visit, "p", "patient" if side == "patient" else "doctor", f"account-{side}", side, reference)


async def heard(line: AsyncIterator[bytes]) -> dict[str, Any]:
    """The next message of a line, comments passed over."""
    while True:
        chunk = (await asyncio.wait_for(anext(line), 5)).decode()
        if chunk.startswith("event: said"):
            return dict(json.loads(chunk.partition("data: ")[2]))


async def test_two_tabs_meet_over_two_processes_and_nobody_else_hears_them(clinic: Clinic, passing: Passing) -> None:
    here = Calls(Passing(clinic.bus), InternetHospitalSettings(), SystemClock())
    there = Calls(passing, InternetHospitalSettings(), SystemClock())
    visit = str(uuid.uuid4())
    patient, doctor = here.line(member("patient", visit), "tab-p"), there.line(member("doctor", visit), "tab-d")
    stranger = here.line(member("patient", "another"), "tab-x")
    for line in (patient, stranger):
        await anext(line)
    waiting = asyncio.ensure_future(heard(patient))
    overheard = asyncio.ensure_future(heard(stranger))
    await asyncio.sleep(0.2)
    await anext(doctor)
    answered = asyncio.ensure_future(heard(doctor))
    assert (await waiting)["seat"] == "tab-d"
    assert (await answered) == {"kind": "here", "seat": "tab-p", "side": "patient", "name": "patient"}
    for number in range(5):
        asked = SignalsAsked(seat="tab-p", to="tab-d", messages=[json.dumps({"number": number})])
        await here.signal(member("patient", visit), asked)
    said = [(await heard(doctor))["messages"] for _ in range(5)]
    assert said == [[json.dumps({"number": number})] for number in range(5)]
    await there.say(visit, CHANGED)
    assert (await heard(patient)) == CHANGED
    waiting = asyncio.ensure_future(heard(patient))
    await doctor.aclose()  # type: ignore[attr-defined]
    assert (await waiting)["kind"] == "gone"
    assert not overheard.done()
    overheard.cancel()
    await asyncio.gather(overheard, return_exceptions=True)


async def test_a_tab_that_shouts_is_slowed_and_the_other_side_is_not(clinic: Clinic) -> None:
    calls = Calls(Passing(clinic.bus), InternetHospitalSettings(), SystemClock())
    asked = SignalsAsked(seat="s", messages=["{}"])
    for _ in range(60):
        await calls.signal(member("patient"), asked)
    with pytest.raises(XinglinError) as slowed:
        await calls.signal(member("patient"), asked)
    assert slowed.value.category is Category.BUSY
    await calls.signal(member("doctor"), asked)


@pytest.mark.parametrize(
    "body",
    [
        {"seat": "s", "messages": []},
        {"seat": "s", "messages": ["x" * 16_385]},
        {"seat": "s", "messages": ["x"] * 21},
        {"seat": "a b", "messages": ["x"]},
        {"messages": ["x"]},
    ],
)
async def test_signals_are_bounded(clinic: Clinic, body: dict[str, Any]) -> None:
    visit, _, who = await seen_online(clinic)
    assert (await clinic.client.post(f"{URL}/{visit}/signals", json=body, headers=who)).status_code == 400


async def test_the_relay_is_entered_with_a_login_that_the_secret_makes_and_time_ends(clinic: Clinic) -> None:
    visit, _, who = await seen_online(clinic)
    assert (await clinic.client.get(f"{URL}/{visit}/ice", headers=who)).json() == []
    settings = InternetHospitalSettings(
        stun_urls="stun:stun.example:3478", turn_urls="turn:a.example turns:b.example", turn_secret="north"
    )
    stun, turn = Calls(Passing(clinic.bus), settings, SystemClock()).ice_servers(member())
    assert stun.urls == ["stun:stun.example:3478"] and stun.credential is None
    assert turn.urls == ["turn:a.example", "turns:b.example"] and turn.username and turn.credential
    left = int(turn.username.partition(":")[0]) - datetime.now(UTC).timestamp()
    assert 7_100 < left <= 7_200
    digest = hmac.new(b"north", turn.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn.credential) == digest
