"""Commands as an operator types them, each in a process of its own.

Python and the gateway's modules are imported once, in a process that forks (multiprocessing's
fork server): starting a Python anew for each of the many commands took longer than all else.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.waiting import PATIENCE

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["tests.cli.typed", "gateway.cli", "gateway.wiring", "gateway.doctor"]
)
_STREAMS = ("stdin", "stdout", "stderr")


def typed(
    args: Sequence[str], *, folder: Path, env: Mapping[str, str], text: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m gateway`` with these arguments in a folder; ``text`` is what it reads.

    Raises:
        TimeoutError: it has not ended in time, and was killed.
    """
    with TemporaryDirectory(prefix="safetynet-typed-") as name:
        files = [Path(name) / each for each in _STREAMS]
        files[0].write_text(text or "", encoding="utf-8")
        process = _FORKS.Process(target=_run, args=(list(args), folder, dict(env), files))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(" ".join(args))
        told = [each.read_text(encoding="utf-8") if each.exists() else "" for each in files[1:]]
        return subprocess.CompletedProcess(["safetynet", *args], process.exitcode, *told)


def _run(args: list[str], folder: Path, env: dict[str, str], files: list[Path]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    for number, (stream, file) in enumerate(zip(_STREAMS, files, strict=True)):
        with suppress(OSError):
            getattr(sys, stream).close()
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(handle, number)
        if handle != number:
            os.close(handle)
        mode = "r" if number == 0 else "w"
        setattr(sys, stream, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    sys.argv = ["safetynet", *args]
    runpy.run_module("gateway", run_name="__main__", alter_sys=True)
