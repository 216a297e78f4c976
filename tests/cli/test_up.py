"""``up`` as its user meets it: the port, the second start, and parts that are killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.up import check_port
from gateway.errors import Fault
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(parent: int) -> dict[str, int]:
    """The numbers of the living children of a process, by their command lines."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            stat, line = (place / "stat").read_text(), (place / "cmdline").read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        state, its_parent = stat.rpartition(")")[2].split()[:2]
        if int(its_parent) == parent and state != "Z":
            found[line.replace(b"\0", b" ").decode().strip()] = int(place.name)
    return found


def test_a_taken_port_is_told_with_one_that_is_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Fault) as told:
            check_port("127.0.0.1", port, "safetynet up --demo")
    found = re.fullmatch(
        rf"port {port} is taken: safetynet up --demo --port (\d+)", str(told.value)
    )
    assert found
    check_port("127.0.0.1", int(found[1]), "safetynet up")


def test_a_foreign_address_is_told() -> None:
    with pytest.raises(Fault, match=r"192\.0\.2\.7 is no address of this machine"):
        check_port("192.0.2.7", 8000, "safetynet up")


class Up:
    """A running ``safetynet up --demo`` in a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.said_path = folder / "said"
        self.env = {**os.environ, "SAFETYNET_DATA_DIR": str(folder / "data")}
        with self.said_path.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "up", "--demo", "--port", str(port)],
                stdout=said,
                stderr=said,
                env=self.env,
                cwd=ROOT,
            )

    @property
    def said(self) -> str:
        return self.said_path.read_text(encoding="utf-8")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/live", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path, free_port())
    yield up
    if up.process.poll() is None:
        up.process.kill()  # its keeper ends the parts
        up.process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_each_part_that_is_killed_comes_back(up: Up) -> None:
    until(lambda: "SafetyNet is up." in up.said, lambda: up.said)
    assert f"{up.url}/phones" in up.said
    assert up.answers()
    before = children(up.process.pid)
    assert len(before) == 6, "Redis, web, two workers, clock, and the keeper"
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    def all_are_back() -> bool:
        now = children(up.process.pid)
        return now.keys() == before.keys() and not set(now.values()) & set(before.values())

    until(all_are_back, lambda: up.said)
    until(up.answers, lambda: up.said)
    after = children(up.process.pid)

    again = subprocess.run(
        [sys.executable, "-m", "gateway", "up", "--demo", "--port", str(free_port())],
        capture_output=True,
        text=True,
        env=up.env,
        cwd=ROOT,
        check=False,
    )
    assert again.returncode == 2
    assert again.stderr.startswith(f"safetynet: a gateway (process {up.process.pid}) already uses")
    assert again.stderr.count("\n") == 1

    time.sleep(1)  # killed while it starts, a part could not end in order
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(PATIENCE) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in after.values())
    assert "by force" not in up.said
    assert "Traceback" not in up.said
