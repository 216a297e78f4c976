"""Keeps children alive and ends them in order: one thread, one loop.

Each child leads a process group of its own, so that Ctrl-C reaches only the supervisor and a
child's own children can be ended with it.  A child that dies is started again; one that dies again
and again ends everything, because a restart does not mend it.  Nothing stays behind when the
supervisor itself is killed: ``will`` and ``keeper`` see to it.
"""

from __future__ import annotations

import contextlib
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from gateway.supervise.child import Child, Process
from gateway.supervise.lines import Lines
from gateway.supervise.will import Will

_STOP = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
#: a wrapper such as ``uv run`` passes the terminal's Ctrl-C on once more; that is not impatience
_ECHO_SECONDS = 0.25
_POLL_SECONDS = 0.1
#: under this name the supervisor itself speaks
_OWN_NAME = "up"


@dataclass(frozen=True)
class Limits:
    """Patience, in seconds; ``deaths`` of one child ``within`` so many seconds end everything."""

    grace: float = 20.0
    ready: float = 60.0
    deaths: int = 3
    within: float = 60.0
    restart_after: tuple[float, ...] = (0.2, 1.0, 3.0)


@dataclass
class _Run:
    """A child as it stands."""

    child: Child
    ready: bool = False
    process: Process | None = None
    starts_at: float | None = None
    ready_by: float = 0.0
    deaths: deque[float] = field(default_factory=deque)
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=10))  # over all its lives

    @property
    def alive(self) -> bool:
        return self.process is not None and not self.process.mourned


class Supervisor:
    """Runs children until it is told to stop; see the module.

    Args:
        children: what to run.
        out: where lines go, each with its child's name before it; coloured on a terminal only.
        welcome: a text to print once, when every child is ready.
        limits: patience.
        pass_fds: open files that every child inherits.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        out: IO[str] | None = None,
        welcome: str = "",
        limits: Limits | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self._runs = [_Run(child) for child in children]
        self._limits = limits or Limits()
        self._lines = Lines(out or sys.stdout, [_OWN_NAME, *(child.name for child in children)])
        self._welcome = welcome
        self._pass_fds = tuple(pass_fds)
        self._selector = selectors.DefaultSelector()
        self._will = Will(self._limits.grace)
        self._rest_begun = self._welcomed = self._first_asked = self._killed = False
        self._stopping_since: float | None = None
        self._failed: _Run | None = None

    def run(self) -> int:
        """Run until SIGINT, SIGTERM, SIGHUP, or a child that cannot be kept alive.

        Call it once, in the main thread.

        Returns:
            The exit status: 0 if told to stop, 1 if a child could not be kept alive.
        """
        with self._signals() as heard:
            try:
                self._rest_begun = not any(run.child.first for run in self._runs)
                self._begin(first=not self._rest_begun)
                while self._stopping_since is None or any(run.process for run in self._runs):
                    self._turn(heard)
            finally:  # a fault of ours leaves nothing behind either
                for run in self._runs:
                    self._bury(run)
                self._will.close()
        if self._failed is None:
            return 0
        self._say(f"the last lines of {self._failed.child.name}:")
        for line in self._failed.tail:
            self._lines.write(f"  {line}")
        return 1

    @contextlib.contextmanager
    def _signals(self) -> Iterator[socket.socket]:
        """Signals become bytes on a socket, so that they are heeded in the loop only."""
        stop = [n for n in _STOP if signal.getsignal(n) is not signal.SIG_IGN]  # nohup's wish
        before = {number: signal.getsignal(number) for number in (*stop, signal.SIGCHLD)}
        spoken, heard = socket.socketpair()
        with spoken, heard, self._selector:
            spoken.setblocking(False)  # noqa: FBT003 the standard library's way
            self._selector.register(heard, selectors.EVENT_READ)
            old = signal.set_wakeup_fd(spoken.fileno(), warn_on_full_buffer=False)
            for number in before:
                signal.signal(number, lambda *_: None)
            try:
                yield heard
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)
                signal.set_wakeup_fd(old)

    def _turn(self, heard: socket.socket) -> None:
        for key, _ in self._selector.select(self._until_next()):
            if key.data is None:
                self._heed(heard.recv(4096))
            else:
                self._read(key.data)
        self._will.uphold(self._groups())
        for run in self._runs:
            if run.alive:
                self._look_whether_dead(run)
        if self._lines.broken and self._stopping_since is None:
            self._stop()  # the terminal or the pipe we write to is closed
        if self._stopping_since is None:
            self._go_on()
        else:
            self._go_down(self._stopping_since)

    def _until_next(self) -> float | None:
        """Seconds until something is due; None: only an event can change anything."""
        now = time.monotonic()
        due = [run.starts_at for run in self._runs if run.starts_at is not None]
        if self._stopping_since is None:
            if any(run.alive and not run.ready for run in self._runs):
                due.append(now + _POLL_SECONDS)
        elif not self._killed:
            due.append(self._stopping_since + self._limits.grace)
        return max(0.0, min(due) - now) if due else None

    def _heed(self, signals: bytes) -> None:
        for number in signals:
            if number not in _STOP:
                continue
            if self._stopping_since is None:
                grace = f"{self._limits.grace:g} s"
                self._say(f"stopping: work in hand has {grace}; Ctrl-C again ends it at once")
                self._stop()
            elif time.monotonic() - self._stopping_since > _ECHO_SECONDS:
                self._kill()

    # going on

    def _begin(self, *, first: bool) -> None:
        for run in self._runs:
            if run.child.first == first:
                run.starts_at = time.monotonic()

    def _go_on(self) -> None:
        for run in self._runs:
            if run.starts_at is not None and run.starts_at <= time.monotonic():
                self._start(run)
            if run.alive and not run.ready:
                self._look_whether_ready(run)
        if not self._rest_begun and all(run.ready for run in self._runs if run.child.first):
            self._rest_begun = True
            self._begin(first=False)
        if not self._welcomed and all(run.ready and run.alive for run in self._runs):
            self._welcomed = True
            if self._welcome:
                self._lines.write(self._welcome)

    def _start(self, run: _Run) -> None:
        self._bury(run)
        run.starts_at = None
        try:
            run.process = Process(run.child, pass_fds=self._pass_fds, before=self._will.register_me)
        except (OSError, subprocess.SubprocessError) as fault:
            self._will.tell(self._groups())
            run.tail.append(f"cannot be started: {fault}")
            self._count_death(run, "cannot be started")
            return
        run.ready = False
        run.ready_by = time.monotonic() + self._limits.ready
        self._selector.register(run.process.output, selectors.EVENT_READ, run)

    def _look_whether_ready(self, run: _Run) -> None:
        ready = run.child.ready is None or run.child.ready()
        self._read(run, pieces=8)  # what it wrote until now, it wrote before it was ready
        run.ready = ready
        if not ready and time.monotonic() > run.ready_by:
            self._fail(run, f"{run.child.name} is not ready after {self._limits.ready:g} s")

    def _look_whether_dead(self, run: _Run) -> None:
        how = run.process.end() if run.process else ""
        if not how or not run.process:
            return
        run.process.mourned = True
        self._read(run, pieces=64)
        if self._stopping_since is None:
            run.process.ask_to_end()  # those it left; whoever stays is killed at the next start
            self._count_death(run, how)
        else:
            self._bury(run)

    def _count_death(self, run: _Run, how: str) -> None:
        now = time.monotonic()
        run.deaths.append(now)
        while run.deaths[0] < now - self._limits.within:
            run.deaths.popleft()
        count = len(run.deaths)
        if count >= self._limits.deaths:
            times = f"{count} times within {self._limits.within:g} s"
            self._fail(run, f"{run.child.name} died {times} ({how}): ending everything")
            return
        waits = self._limits.restart_after
        wait = waits[min(count, len(waits)) - 1]
        run.starts_at = now + wait
        self._say(f"{run.child.name} died ({how}), starting it again in {wait:g} s")

    # going down

    def _fail(self, run: _Run, why: str) -> None:
        if self._stopping_since is None:
            self._failed = run
            self._say(why)
            self._stop()

    def _stop(self) -> None:
        self._stopping_since = time.monotonic()
        for run in self._runs:
            run.starts_at = None
            if run.process and run.process.mourned:
                self._bury(run)
            elif run.process and not run.child.first:
                run.process.ask_to_end()

    def _go_down(self, since: float) -> None:
        if not self._first_asked and not any(r.process for r in self._runs if not r.child.first):
            self._first_asked = True
            for run in self._runs:
                if run.process:
                    run.process.ask_to_end()
        if time.monotonic() - since >= self._limits.grace:
            self._kill()

    def _kill(self) -> None:
        if self._killed:
            return
        self._killed = True
        for run in self._runs:
            if run.process:
                self._say(f"{run.child.name} is ended by force")
                run.process.kill()

    def _bury(self, run: _Run) -> None:
        if run.process is None:
            return
        with contextlib.suppress(KeyError):  # it had closed its output itself
            self._selector.unregister(run.process.output)
        process, run.process = run.process, None
        process.kill()  # before the keeper forgets it
        self._will.tell(self._groups())
        process.bury()

    # output

    def _say(self, text: str) -> None:
        self._lines.say(_OWN_NAME, text)

    def _read(self, run: _Run, *, pieces: int = 1) -> None:
        if run.process is None:
            return
        lines, last = run.process.lines(pieces)
        hidden = run.child.quiet and (self._stopping_since is not None or not run.ready)
        for line in lines:
            run.tail.append(line)
            if not hidden:
                self._lines.say(run.child.name, line)
        if last:
            with contextlib.suppress(KeyError):  # it was the end already the last time
                self._selector.unregister(run.process.output)

    def _groups(self) -> list[int]:
        return [run.process.pid for run in self._runs if run.process]
