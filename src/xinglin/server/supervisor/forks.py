"""Our own processes, forked from one that has everything loaded.

Loading the program costs more than a second and a half of a core; a node runs it in five processes or more, and one
that was killed is missed for as long. So one process of the standard library (``multiprocessing``'s fork server)
loads it once, has no thread, loop or connection of its own, and the others come from it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import setproctitle

from .child import Launch, Process
from .parent import die_with_parent

Body = Callable[..., None]


class _Forked:
    """A ``Process`` of ``Forks``; must be made in the thread of the running loop."""

    def __init__(self, process: ForkServerProcess) -> None:
        assert process.pid is not None
        self.pid: int = process.pid
        self._process = process
        loop = asyncio.get_running_loop()
        self._code: asyncio.Future[int] = loop.create_future()
        try:
            handle = os.pidfd_open(process.pid)  # the sentinel alone tells of the end of a killed fork server too
        except OSError:
            loop.add_reader(process.sentinel, self._ended, loop)
        else:
            loop.add_reader(handle, self._gone, loop, handle)

    @property
    def returncode(self) -> int | None:
        """How it ended (minus the signal that ended it; 255 where nobody saw it), None while it runs."""
        return self._code.result() if self._code.done() else None

    async def wait(self) -> int:
        """Returns ``returncode`` when it has ended."""
        return await asyncio.shield(self._code)

    def send_signal(self, signal: int) -> None:
        """Raises ``ProcessLookupError`` where it has ended."""
        if self._code.done():
            raise ProcessLookupError
        os.kill(self.pid, signal)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _gone(self, loop: asyncio.AbstractEventLoop, handle: int) -> None:
        loop.remove_reader(handle)
        os.close(handle)
        loop.add_reader(self._process.sentinel, self._ended, loop)

    def _ended(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._process.sentinel)
        code = self._process.exitcode
        self._code.set_result(255 if code is None else code)
        self._process.close()


class Forks:
    """The one place where a supervisor forks. ``preload`` is the module that loads all that will be called; it starts
    no thread, opens nothing, and has the fork server ``die_with_parent``, which is the supervisor.

    A fork server that was killed is started again by the next launch, unless it has not quite ended by then: that
    launch raises ``OSError``. The kernel tells those that came from it to end.
    """

    def __init__(self, preload: str) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([preload])
        self._one_at_a_time = asyncio.Lock()

    @staticmethod
    def warm() -> None:
        """Begin to load; returns at once."""
        forkserver.ensure_running()

    def fork(self, title: str, body: Body, *given: Any) -> Launch:
        """What launches a process that shows as ``title``, has the environment of this one and calls ``body(*given)``.
        What is given is pickled; listening sockets may be among it."""

        async def launch(log_file: Path, stop_signal: signal.Signals) -> Process:
            told = (title, str(log_file), int(stop_signal), dict(os.environ), body, given)
            process = self._context.Process(target=_run, args=told, name=title)
            async with self._one_at_a_time:
                self.warm()  # by this thread, with which it then dies
                starting = asyncio.create_task(asyncio.to_thread(process.start))  # aside: it waits for what is loaded
                try:
                    await asyncio.shield(starting)
                except EOFError as error:
                    raise ConnectionResetError(f"what {title} is forked from ended") from error
                except asyncio.CancelledError:  # nobody else would end it, and this process would wait for it
                    with suppress(OSError, EOFError):
                        await starting
                        process.kill()
                    raise
            return _Forked(process)

        return launch


def _run(
    title: str, log_file: str, stop_signal: int, environment: dict[str, str], body: Body, given: tuple[Any, ...]
) -> None:
    os.setsid()
    die_with_parent(stop_signal)
    setproctitle.setproctitle(title)
    output = os.open(log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    sys.stdout.flush()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    body(*given)
