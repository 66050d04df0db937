"""The MLLP door: takes messages from any number of connections into the inbox and acknowledges them."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from xinglin.foundation.clock import Clock
from xinglin.foundation.errors import XinglinError

from .acknowledgement import PLAIN, acknowledge, code_of, wanted
from .failure import Refused
from .framing import BrokenFrame, FrameReader, framed
from .intake import Intake
from .model import Arrival, Receipt
from .outcome import OutcomeWatch
from .refusal import RefusalBook
from .settings import Hl7v2Settings
from .syntax import Charset, Header, charset_named, decode, read_header

_READ_BYTES = 64 * 1024
_GARBAGE_BYTES_MAX = 64 * 1024
_SLOW_READER_SECONDS = 30.0
_PROMISES_MAX = 2000
_NO_FRAMES = Refused(207, "the connection sent something other than MLLP frames", chinese="连接发来的不是 MLLP 帧")
_CUT_OFF = Refused(207, "the connection ended within a frame", chinese="连接在一帧未结束时断开")

log = structlog.get_logger("hl7v2.listener")


@dataclass(slots=True)
class _Letter:
    """One frame on its way: what was understood of it, and why it was refused if it was."""

    header: Header | None = None
    charset: Charset = PLAIN
    arrival: Arrival | None = None
    refused: Refused | None = None
    broken: str = ""


@dataclass(slots=True)
class ListenerFigures:
    """What the door holds now."""

    connections: int = 0
    held_bytes: int = 0
    address: str = ""
    promises: set[asyncio.Task[None]] = field(default_factory=set)


class Listener:
    """Serves until cancelled. Each connection's frames are answered in their order; a fault on one
    connection touches no other, and all together never hold more than ``buffered_bytes_max``."""

    def __init__(
        self, settings: Hl7v2Settings, intake: Intake, outcomes: OutcomeWatch, book: RefusalBook, clock: Clock
    ) -> None:
        self._settings = settings
        self._intake = intake
        self._outcomes = outcomes
        self._book = book
        self._clock = clock
        self._own_ids = itertools.count(1)
        self.figures = ListenerFigures()

    async def run(self, bound: socket.socket | None = None) -> None:
        """Listen on ``bound``, or on the settings' host and port. Raises ``OSError`` when it is taken."""
        settings = self._settings
        place = {"sock": bound} if bound else {"host": settings.host, "port": settings.port}
        server = await asyncio.start_server(self._serve, ssl=_tls(settings), backlog=256, **place)
        host, port = server.sockets[0].getsockname()[:2]
        self.figures.address = f"{host}:{port}"
        log.info("listening for HL7 v2", address=self.figures.address, tls=bool(settings.tls_certificate))
        async with server:
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        figures = self.figures
        if figures.connections >= self._settings.connections_max:
            self._book.note_connection()
            writer.close()
            return
        figures.connections += 1
        frames = FrameReader(self._settings.frame_bytes_max)
        try:
            await self._converse(reader, writer, frames)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.info("connection ended", reason=str(error) or type(error).__name__)
        finally:
            figures.connections -= 1
            figures.held_bytes -= frames.held_bytes
            if frames.held_bytes:
                self._book.note(_CUT_OFF, _peer(writer), self._clock.now(), kind="truncated")
            writer.close()
            with suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frames: FrameReader) -> None:
        while True:
            async with asyncio.timeout(self._settings.idle_seconds):
                data = await reader.read(_READ_BYTES)
            if not data:
                return
            held = frames.held_bytes
            found = frames.feed(data)
            self.figures.held_bytes += frames.held_bytes - held
            if self.figures.held_bytes > self._settings.buffered_bytes_max:
                self.figures.held_bytes -= frames.held_bytes
                found.append(BrokenFrame(frames.drop(), "crowded"))
            if found:
                await self._take(writer, found)
            if frames.garbage_bytes > _GARBAGE_BYTES_MAX:
                log.warning("connection sends no MLLP", garbage_bytes=frames.garbage_bytes)
                self._book.note(_NO_FRAMES, _peer(writer), self._clock.now())
                return

    async def _take(self, writer: asyncio.StreamWriter, found: list[bytes | BrokenFrame]) -> None:
        """Answer frames; until that is done they count among what is held."""
        size = sum(len(frame) for frame in found if isinstance(frame, bytes))
        self.figures.held_bytes += size
        try:
            await self._answer(writer, [self._open(frame) for frame in found])
        finally:
            self.figures.held_bytes -= size

    def _open(self, frame: bytes | BrokenFrame) -> _Letter:
        letter = _Letter()
        raw = frame.head if isinstance(frame, BrokenFrame) else frame
        try:
            if isinstance(frame, BrokenFrame):
                letter.broken = frame.reason
                letter.refused = self._broken(frame)
                raw = raw.split(b"\r", 1)[0]
            text, letter.charset = decode(raw, self._settings.charset_when_absent)
            header = letter.header = read_header(text, letter.charset)
        except Refused as refused:
            letter.refused = letter.refused or refused
            letter.header = letter.header or _salvaged(raw)
        else:
            if not isinstance(frame, BrokenFrame):
                now = self._clock.now()
                letter.arrival = Arrival.of(header, letter.charset, raw, now, code_of(header))
        return letter

    def _broken(self, frame: BrokenFrame) -> Refused:
        if frame.reason == "oversize":
            limit = self._settings.frame_bytes_max
            return Refused(207, f"the message is larger than {limit} bytes", chinese=f"消息超过 {limit} 字节")
        if frame.reason == "crowded":
            english = "the gateway's memory is full; send again later"
            return Refused(207, english, chinese="网关内存已满，请稍后重发", rejected=False)
        return Refused(207, "the frame was not ended before the next one began", chinese="上一帧未结束，下一帧已开始")

    async def _answer(self, writer: asyncio.StreamWriter, letters: list[_Letter]) -> None:
        arrivals = [letter.arrival for letter in letters if letter.arrival is not None]
        receipts: list[Receipt] = []
        failed: Refused | None = None
        if arrivals:
            try:
                receipts = await self._intake.accept(arrivals)
            except XinglinError as error:
                failed = Refused(207, error.english, chinese=error.chinese, rejected=False)
        taken = iter(receipts)
        pieces = []
        for letter in letters:
            if letter.arrival is None:
                pieces.append(self._refusal(letter, letter.refused, writer))
            elif failed is not None:
                pieces.append(self._refusal(letter, failed, writer))
            else:
                pieces.append(self._acceptance(letter, next(taken), writer))
        reply = b"".join(pieces)
        if reply:
            writer.write(reply)
            async with asyncio.timeout(_SLOW_READER_SECONDS):
                await writer.drain()

    def _refusal(self, letter: _Letter, refused: Refused | None, writer: asyncio.StreamWriter) -> bytes:
        assert refused is not None
        header, peer = letter.header, _peer(writer)
        self._book.note(refused, peer, self._clock.now(), kind=letter.broken)
        sender = header.sender if header else ""
        log.warning("message refused", reason=refused.english, sender=sender, peer=peer, code=refused.code)
        if header and header.enhanced and not wanted(header.accept_acknowledgement, good=False):
            return b""
        code = code_of(header, refused=refused)
        return framed(self._say(letter, code, refused.english, refused))

    def _acceptance(self, letter: _Letter, receipt: Receipt, writer: asyncio.StreamWriter) -> bytes:
        header = letter.header
        assert header is not None
        if header.application_acknowledgement in ("AL", "ER", "SU"):
            self._promise(letter, receipt, writer)
        if header.enhanced and not wanted(header.accept_acknowledgement, good=True):
            return b""
        return framed(self._say(letter, code_of(header), receipt.clash))

    def _say(self, letter: _Letter, code: str, text: str, fault: Refused | None = None) -> bytes:
        own_id = str(next(self._own_ids))
        return acknowledge(
            letter.header, letter.charset, code, own_id=own_id, at=self._clock.now(), text=text, fault=fault
        )

    def _promise(self, letter: _Letter, receipt: Receipt, writer: asyncio.StreamWriter) -> None:
        """Answer again, on the same connection, once the consumer is done with the message."""
        promises = self.figures.promises
        if len(promises) >= _PROMISES_MAX:
            log.warning("too many application acknowledgements wait; one is left out", message=receipt.id)
            return
        task = asyncio.create_task(self._keep_promise(letter, receipt, writer))
        promises.add(task)
        task.add_done_callback(promises.discard)

    async def _keep_promise(self, letter: _Letter, receipt: Receipt, writer: asyncio.StreamWriter) -> None:
        seconds = self._settings.application_acknowledgement_seconds
        state, reason = await self._outcomes.of(receipt.id, seconds)
        good = state == "processed"
        assert letter.header is not None
        if writer.is_closing() or not wanted(letter.header.application_acknowledgement, good=good):
            return
        if good:
            reply = self._say(letter, "AA", "")
        else:
            if state == "received":
                reason = f"not processed within {seconds:g} s; it stays in the inbox"
            fault = Refused(207, reason or "the message could not be processed", rejected=False)
            reply = self._say(letter, "AE", fault.english, fault)
        with suppress(OSError, TimeoutError):
            writer.write(framed(reply))
            async with asyncio.timeout(_SLOW_READER_SECONDS):
                await writer.drain()


def _peer(writer: asyncio.StreamWriter) -> str:
    """The other end's address, as far as the socket still knows it."""
    host, port = (writer.get_extra_info("peername") or ("unknown", 0))[:2]
    return f"{host}:{port}"


def _salvaged(raw: bytes) -> Header | None:
    """The header of a refused message where its MSH can be read as ASCII with replacement."""
    line = raw.split(b"\r", 1)[0][:1000].decode("ascii", "replace").replace("\x00", "")
    utf_8 = charset_named("UTF-8")
    if not line.startswith("MSH") or len(line) < 9 or utf_8 is None:
        return None
    try:
        return read_header(line, utf_8)
    except Refused:
        return None


def _tls(settings: Hl7v2Settings) -> ssl.SSLContext | None:
    if not settings.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    if settings.tls_client_authority:
        context.load_verify_locations(settings.tls_client_authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
