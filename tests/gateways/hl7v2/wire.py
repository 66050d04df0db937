"""The other end of the wire: an MLLP client and messages to send."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

VT, FS_CR = b"\x0b", b"\x1c\r"


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement as received."""

    raw: bytes

    @property
    def segments(self) -> dict[str, list[str]]:
        text = self.raw.decode("gb18030" if b"GB" in self.raw else "utf-8")
        return {line.split("|")[0]: line.split("|") for line in text.split("\r") if line}

    @property
    def code(self) -> str:
        return self.segments["MSA"][1]

    @property
    def control_id(self) -> str:
        return (self.segments["MSA"] + [""])[2]

    @property
    def reason(self) -> str:
        return (self.segments["MSA"] + ["", ""])[3]


class Wire:
    """One TCP connection to the gateway."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int) -> Wire:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**24))

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self, seconds: float = 10) -> Answer:
        async with asyncio.timeout(seconds):
            data = await self.reader.readuntil(FS_CR)
        assert data.startswith(VT)
        return Answer(data[1:-2])

    async def ask(self, message: bytes) -> Answer:
        await self.say(VT + message + FS_CR)
        return await self.hear()

    async def is_closed(self, seconds: float = 5) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self.reader.read(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    async def close(self) -> None:
        self.writer.close()


def message(*segments: str, charset: str = "utf-8") -> bytes:
    """Segments joined as on the wire."""
    return ("\r".join(segments) + "\r").encode(charset)


def msh(
    kind: str,
    control_id: str,
    *,
    at: str = "20261122080000",
    sender: str = "HIS",
    version: str = "2.5.1",
    accept: str = "",
    application: str = "",
    charset: str = "UNICODE UTF-8",
) -> str:
    """An MSH segment."""
    return (
        f"MSH|^~\\&|{sender}|HOSP|XINGLIN|NODE|{at}||{kind}|{control_id}|P|{version}|||"
        f"{accept}|{application}||{charset}"
    )


PID = "PID|1||M001^^^HIS^MR||张^伟^^^^^L^I~Zhang^Wei^^^^^L^A||19800102|M"


def adt(
    event: str, at: str, place: str = "W07^12^2", *extra: str, pid: str = PID, pv1: str = "", who: str = ""
) -> bytes:
    """An ADT message of visit V1, with its time as control id."""
    visit = f"PV1|1|I|{place}||||D01^王^芳^^^^^^HIS|||INT|||||||||V1^^^HIS{'|' * 25}{pv1}"
    lines = [msh(f"ADT^{event}", f"{event}-{at}{who}", at=at), f"EVN|{event}|{at}", pid, visit, *extra]
    return message(*lines)


def oru(control_id: str, at: str, *lines: str, pid: str = PID) -> bytes:
    return message(msh("ORU^R01", control_id, at=at), pid, "PV1|1|I|||||||||||||||||V1^^^HIS", *lines)
