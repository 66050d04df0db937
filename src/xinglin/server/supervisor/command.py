"""Processes started from a command line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from .child import Process
from .parent import die_with_parent


@dataclass(frozen=True, slots=True)
class Command:
    """Calling it runs ``words`` in a session of its own. ``user`` and ``group`` are what a command of root runs as."""

    words: Sequence[str]
    environment: dict[str, str] | None = None
    user: int | None = None
    group: int | None = None

    async def __call__(self, log_file: Path, stop_signal: Signals) -> Process:
        with log_file.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *self.words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.environment,
                start_new_session=True,
                user=self.user,
                group=self.group,
                extra_groups=[] if self.user is not None else None,
                cwd="/" if self.user is not None else None,
                preexec_fn=lambda: die_with_parent(int(stop_signal)),
            )
