"""Keeps child processes running: starts them, starts them again, ends them all.

A child that dies is started again at once, then after growing waits; one that dies again and
again ends everything with a line that names it.  Each child has a process group of its own, and
on Linux ends when the supervisor dies however it dies, so that nothing is ever left behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, TextIO

_COLOURS = (36, 32, 33, 35, 34, 31)
_LAST_LINES = 8
_LOOK_SECONDS = 0.2
#: a wait is doubled with every death, from this many seconds
_FIRST_WAIT = 0.2
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Child:
    """A program to keep running.  ``ready`` is asked until it says yes before the next starts."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None


@dataclass(slots=True)
class _Running:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)
    start_at: float = 0.0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    partial: bytes = b""


class Supervisor:
    """Runs children until told to stop or until one cannot be kept running.

    ``most_deaths`` within ``within`` seconds are too many.  ``grace`` seconds are given to end.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        out: TextIO = sys.stdout,
        most_deaths: int = 3,
        within: float = 60.0,
        grace: float = 20.0,
        ready_seconds: float = 30.0,
    ) -> None:
        self._running = [_Running(child) for child in children]
        self._out = out
        self._most_deaths = most_deaths
        self._within = within
        self._grace = grace
        self._ready_seconds = ready_seconds
        self._width = max(len(child.name) for child in children)
        self._selector = selectors.DefaultSelector()
        self._stops = 0
        self._fault = ""

    def run(self, started: Callable[[], None] | None = None) -> int:
        """Run to the end; the exit status, 1 if a child could not be kept running.

        ``started`` is called once every child has been started and is ready.
        """
        previous = {
            number: signal.signal(number, self._stop)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            for each in self._running:
                if not self._stops and not self._fault:
                    self._start(each)
                    self._await(each)
            if started is not None and not self._stops and not self._fault:
                started()
            while not self._stops and not self._fault:
                self._look()
        finally:
            self._end()
            for number, handler in previous.items():
                signal.signal(number, handler)
        if self._fault:
            self.say("safetynet", self._fault)
            return 1
        return 0

    def say(self, name: str, line: str) -> None:
        """Print a line under a name."""
        label = name.ljust(self._width)
        if self._out.isatty():
            names = [each.child.name for each in self._running]
            colour = _COLOURS[names.index(name) % len(_COLOURS)] if name in names else 1
            label = f"\x1b[{colour}m{label}\x1b[0m"
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._out.write(f"{label} | {line}\n")
            self._out.flush()

    # ------------------------------------------------------------ running

    def _start(self, each: _Running) -> None:
        each.process = subprocess.Popen(
            each.child.argv,
            env={**os.environ, **each.child.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 one thread only
        )
        assert each.process.stdout is not None  # noqa: S101 asked for above
        os.set_blocking(each.process.stdout.fileno(), False)
        self._selector.register(each.process.stdout, selectors.EVENT_READ, each)

    def _await(self, each: _Running) -> None:
        if each.child.ready is None:
            return
        until = time.monotonic() + self._ready_seconds
        while not self._stops and not self._fault and not each.child.ready():
            if time.monotonic() > until:
                self._fault = self._ended(each, f"{each.child.name} did not become ready")
            self._look()

    def _look(self) -> None:
        self._read(_LOOK_SECONDS)
        for each in self._running:
            if each.process is None:
                if each.start_at and time.monotonic() >= each.start_at:
                    self._start(each)
            elif each.process.poll() is not None:
                self._died(each)

    def _died(self, each: _Running) -> None:
        assert each.process is not None  # noqa: S101 the caller looked
        status = each.process.returncode
        self._drain(each)
        _kill_group(each.process.pid, signal.SIGKILL)
        each.process = None
        now = time.monotonic()
        each.deaths = [at for at in each.deaths if now - at < self._within] + [now]
        how = f"signal {-status}" if status < 0 else f"status {status}"
        if len(each.deaths) >= self._most_deaths:
            times = f"{len(each.deaths)} times within {self._within:.0f} seconds"
            self._fault = self._ended(each, f"{each.child.name} has died {times} ({how})")
            return
        each.start_at = now + _FIRST_WAIT * 2 ** (len(each.deaths) - 1)
        self.say(each.child.name, f"died ({how}); starting it again")

    def _ended(self, each: _Running, why: str) -> str:
        lines = "".join(f"\n    {line}" for line in each.last_lines)
        return f"{why}; everything is stopped" + (f". It said last:{lines}" if lines else "")

    # ------------------------------------------------------------ output

    def _read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            stream: IO[bytes] = key.fileobj  # type: ignore[assignment]
            chunk = stream.read(65536)
            if chunk == b"":
                self._selector.unregister(stream)
                stream.close()
            elif chunk:
                self._print(key.data, chunk)

    def _drain(self, each: _Running) -> None:
        stream = each.process.stdout if each.process is not None else None
        if stream is None or stream.closed:
            return
        while chunk := stream.read(65536):
            self._print(each, chunk)
        if each.partial:
            self._print(each, b"\n")
        self._selector.unregister(stream)
        stream.close()

    def _print(self, each: _Running, chunk: bytes) -> None:
        *lines, each.partial = (each.partial + chunk).split(b"\n")
        for raw in lines:
            line = raw.decode("utf-8", "replace").rstrip()
            each.last_lines.append(line)
            self.say(each.child.name, line)

    # ------------------------------------------------------------ ending

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stops += 1

    def _end(self) -> None:
        """Ask every child to end, in the reverse order of starting; then make it end."""
        stops = self._stops
        until = time.monotonic() + self._grace
        alive = [each for each in self._running if each.process is not None]
        for each in reversed(alive):
            # those they need (Redis) go last: a worker puts its hands down before
            _kill_group(each.process.pid, signal.SIGTERM)  # type: ignore[union-attr]
            pause = time.monotonic() + self._grace / 4
            while self._is_alive(each) and time.monotonic() < min(pause, until):
                if self._stops > stops:
                    break
                self._read(0.05)
        while any(self._is_alive(each) for each in alive):
            if time.monotonic() > until or self._stops > stops:
                break
            self._read(0.05)
        for each in alive:
            assert each.process is not None  # noqa: S101 chosen above
            _kill_group(each.process.pid, signal.SIGKILL)
            each.process.wait()
            self._drain(each)
        self._selector.close()

    @staticmethod
    def _is_alive(each: _Running) -> bool:
        return each.process is not None and each.process.poll() is None


def _kill_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _end_with_parent() -> None:
    """In the child: be told to end when the supervisor is gone, even if it is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
