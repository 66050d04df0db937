"""MLLP framing (HL7 Transport Specification, release 1): 0x0B, the message, 0x1C 0x0D."""

from __future__ import annotations

from dataclasses import dataclass

START = b"\x0b"
END = b"\x1c\r"
_HEAD_BYTES = 4096
_QUIET = b"\r\n"


@dataclass(frozen=True, slots=True)
class BrokenFrame:
    """A frame that cannot be a message: its beginning, and why (``truncated`` or ``oversize``)."""

    head: bytes
    reason: str


def framed(message: bytes) -> bytes:
    """``message`` as it goes on the wire."""
    return START + message + END


class FrameReader:
    """Cuts one connection's bytes into frames, holding at most ``frame_bytes_max`` of an unfinished one.

    The rest of an oversize frame is dropped as it comes, so the connection finds its feet at the next start
    byte. ``garbage_bytes`` counts what came between frames; the caller decides how much is too much.
    """

    def __init__(self, frame_bytes_max: int) -> None:
        self._limit = frame_bytes_max
        self._buffer = bytearray()
        self._scanned = 0
        self._inside = False
        self._dropping = False
        self.garbage_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of the unfinished frame that are in memory now."""
        return len(self._buffer)

    def drop(self) -> bytes:
        """Forget the unfinished frame and ignore the rest of it; returns its beginning."""
        head = bytes(self._buffer[:_HEAD_BYTES])
        self._clear()
        self._dropping = True
        return head

    def feed(self, data: bytes) -> list[bytes | BrokenFrame]:
        """The frames that ``data`` completes or breaks, in order."""
        self._buffer += data
        found: list[bytes | BrokenFrame] = []
        while self._buffer:
            if not self._inside:
                self._skip_to_start()
            elif not self._take(found):
                break
        return found

    def _skip_to_start(self) -> None:
        start = self._buffer.find(START)
        skipped = self._buffer if start < 0 else self._buffer[:start]
        self.garbage_bytes += len(skipped.strip(_QUIET))
        self._inside = start >= 0
        if start < 0:
            self._clear()
        else:
            self._consume(start + 1)

    def _take(self, found: list[bytes | BrokenFrame]) -> bool:
        buffer = self._buffer
        end = buffer.find(END[:1], self._scanned)
        again = buffer.find(START, self._scanned, len(buffer) if end < 0 else end)
        if again >= 0:
            if not self._dropping:
                found.append(BrokenFrame(bytes(buffer[: min(again, _HEAD_BYTES)]), "truncated"))
            self._dropping = False
            self._consume(again + 1)
            return True
        size = len(buffer) if end < 0 else end
        if size > self._limit and not self._dropping:
            found.append(BrokenFrame(bytes(buffer[:_HEAD_BYTES]), "oversize"))
            self._dropping = True
        if end < 0:
            if self._dropping:
                self._clear()
            self._scanned = len(self._buffer)
            return False
        if not self._dropping:
            found.append(bytes(buffer[:end]))
        self._dropping = self._inside = False
        self._consume(end + 1)
        return True

    def _consume(self, count: int) -> None:
        del self._buffer[:count]
        self._scanned = 0

    def _clear(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
