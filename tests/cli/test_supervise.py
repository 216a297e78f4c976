"""The supervisor with real child processes: small shell scripts that live, die and refuse to."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.supervise.lines import Lines
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

ROOT = Path(__file__).parents[2]
#: runs a supervisor as its own process: what to run and with what patience is its argument
DRIVER = """
import json, sys
from pathlib import Path
from gateway.supervise import Child, Limits, Supervisor

told = json.loads(sys.argv[1])
children = []
for child in told["children"]:
    mark = child.pop("ready_when_exists", None)
    ready = Path(mark).exists if mark else None
    children.append(Child(argv=["sh", "-c", child.pop("script")], ready=ready, **child))
limits = Limits(**{"restart_after": (0.05, 0.1), **told["limits"]})
sys.exit(Supervisor(children, limits=limits, welcome=told["welcome"]).run())
"""
#: a script that is there until TERM
STAYS = "echo up; exec sleep 600"
#: a script that, with its own child, refuses to end
STUBBORN = (
    "trap '' TERM; echo $$ > {0}/leader; sh -c 'echo $$ > {0}/grandchild; sleep 600'; sleep 600"
)


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return ") Z" not in stat.read_text()
    except OSError:
        return False


class Supervised:
    """A running supervisor, and what it has said."""

    def __init__(self, folder: Path, children: list[dict], welcome: str, limits: dict) -> None:
        told = json.dumps({"children": children, "welcome": welcome, "limits": limits})
        self.said_path = folder / "said"
        self.folder = folder
        with self.said_path.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", DRIVER, told], stdout=said, stderr=said, cwd=ROOT
            )

    @property
    def said(self) -> str:
        return self.said_path.read_text(encoding="utf-8")

    def pid(self, name: str) -> int:
        """The number that a script wrote into a file of this name."""
        path = self.folder / name
        until(lambda: path.exists() and path.read_text().endswith("\n"))
        return int(path.read_text().split()[-1])

    def keeper(self) -> int:
        """The keeper's process, found among the supervisor's children."""
        for place in Path("/proc").glob("[0-9]*"):
            try:
                stat, line = (place / "stat").read_text(), (place / "cmdline").read_bytes()
            except OSError:  # it has ended meanwhile
                continue
            parent = int(stat.rpartition(")")[2].split()[1])
            if parent == self.process.pid and b"keeper.py" in line:
                return int(place.name)
        return 0

    def ended(self) -> int:
        return self.process.wait(PATIENCE)


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    running = []

    def begin(*children: dict, welcome: str = "", **limits: object) -> Supervised:
        supervised = Supervised(tmp_path, list(children), welcome, limits)
        running.append(supervised)
        return supervised

    yield begin
    for supervised in running:
        if supervised.process.poll() is None:
            supervised.process.send_signal(signal.SIGTERM)
            try:
                supervised.process.wait(5)
            except subprocess.TimeoutExpired:
                supervised.process.kill()
                supervised.process.wait()


def test_each_line_has_its_speakers_name_and_the_names_are_aligned(supervise) -> None:
    script = r"echo one; echo two >&2; printf 'caf\351 and no end'; exec sleep 600"
    s = supervise({"name": "web", "script": script}, {"name": "sender", "script": STAYS})
    until(lambda: "two" in s.said and "sender | up" in s.said)
    s.process.send_signal(signal.SIGTERM)
    assert s.ended() == 0
    lines = s.said.splitlines()
    assert {"web    | one", "web    | two", "sender | up"} <= set(lines)
    assert "web    | caf\ufffd and no end" in lines
    assert "\x1b" not in s.said


def test_names_are_coloured_on_a_terminal_only() -> None:
    ours, theirs = pty.openpty()
    with open(theirs, "w", encoding="utf-8") as terminal:  # noqa: PTH123 an open file
        Lines(terminal, ["up", "web"]).say("web", "hello")
        coloured = ""
        while not coloured.endswith("\n"):  # a terminal may give a line in parts
            coloured += os.read(ours, 100).decode()
    os.close(ours)
    assert re.fullmatch(r"\x1b\[\d+mweb \|\x1b\[0m hello\r\n", coloured)
    plain = io.StringIO()
    Lines(plain, ["up", "web"]).say("web", "hello")
    assert plain.getvalue() == "web | hello\n"


def test_a_dead_child_is_started_again_and_the_others_left_alone(supervise, tmp_path: Path) -> None:
    log = tmp_path / "starts"
    s = supervise(
        {"name": "web", "script": f"echo $$ >> {log}; exec sleep 600"},
        {"name": "other", "script": f"echo $$ > {tmp_path}/other; exec sleep 600"},
        restart_after=[0.2],
    )
    first, other = s.pid("starts"), s.pid("other")
    os.kill(first, signal.SIGKILL)
    until(lambda: len(log.read_text().split()) == 2)
    assert s.pid("starts") != first
    assert "up    | web died (signal SIGKILL), starting it again in 0.2 s" in s.said
    assert lives(other), "the other one was left alone"


def test_what_a_dead_child_leaves_does_not_stay(supervise, tmp_path: Path) -> None:
    # an orphan that refuses TERM would keep a port that the new leader needs
    orphan = tmp_path / "orphan.sh"
    orphan.write_text(f"trap '' TERM; echo $$ >> {tmp_path}/orphans; sleep 600\n")
    script = f"sh {orphan} & echo $$ >> {tmp_path}/leaders; wait"
    s = supervise({"name": "web", "script": script})
    orphan_pid, leader = s.pid("orphans"), s.pid("leaders")
    os.kill(leader, signal.SIGKILL)
    until(lambda: len((tmp_path / "leaders").read_text().split()) == 2)
    until(lambda: not lives(orphan_pid))


def test_a_child_that_dies_again_and_again_ends_everything(supervise, tmp_path: Path) -> None:
    s = supervise(
        {"name": "steady", "script": f"echo $$ > {tmp_path}/steady; exec sleep 600"},
        {"name": "sender", "script": "echo trying; echo no keys >&2; exit 3"},
    )
    assert s.ended() == 1
    why = "up     | sender died 3 times within 60 s (exit status 3): ending everything"
    assert why in s.said.splitlines()
    assert s.said.count("sender | trying") == 3
    assert s.said.endswith("the last lines of sender:\n" + "  trying\n  no keys\n" * 3)
    assert not lives(s.pid("steady"))


def test_deaths_further_apart_are_not_counted_together(supervise, tmp_path: Path) -> None:
    log = tmp_path / "starts"
    script = f"echo $$ >> {log}; [ $(wc -l < {log}) -gt 5 ] && exec sleep 600; exit 1"
    s = supervise({"name": "web", "script": script}, restart_after=[0.15], within=0.3)
    until(lambda: log.exists() and len(log.read_text().split()) == 6)
    assert s.process.poll() is None


def test_a_program_that_is_not_there_is_told(tmp_path: Path, supervise) -> None:
    del tmp_path
    s = supervise({"name": "web", "script": "", "env": {"PATH": "/nowhere"}})
    assert s.ended() == 1
    assert "web died 3 times within 60 s (cannot be started)" in s.said
    assert "Traceback" not in s.said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_stop_each_child_may_end_its_work(supervise, number: int) -> None:
    works = "trap 'sleep 0.3; echo work done; exit 0' TERM; echo up; while :; do sleep 0.05; done"
    s = supervise({"name": "worker", "script": works}, {"name": "clock", "script": STAYS})
    until(lambda: s.said.count("| up") == 2)
    s.process.send_signal(number)
    assert s.ended() == 0
    assert "worker | work done" in s.said
    assert "died" not in s.said
    assert "by force" not in s.said


def test_a_child_that_refuses_to_end_is_killed_with_its_own_children(supervise, tmp_path) -> None:
    s = supervise({"name": "stubborn", "script": STUBBORN.format(tmp_path)}, grace=0.4)
    leader, grandchild = s.pid("leader"), s.pid("grandchild")
    asked = time.monotonic()
    s.process.send_signal(signal.SIGTERM)
    assert s.ended() == 0
    assert time.monotonic() - asked >= 0.4
    assert "stubborn is ended by force" in s.said
    until(lambda: not lives(leader) and not lives(grandchild))


def test_a_second_ctrl_c_ends_at_once(supervise, tmp_path: Path) -> None:
    s = supervise({"name": "stubborn", "script": STUBBORN.format(tmp_path)}, grace=900)
    leader, grandchild = s.pid("leader"), s.pid("grandchild")
    s.process.send_signal(signal.SIGINT)
    until(lambda: "Ctrl-C again ends it at once" in s.said)
    time.sleep(0.3)
    assert s.process.poll() is None
    s.process.send_signal(signal.SIGINT)
    assert s.ended() == 0
    until(lambda: not lives(leader) and not lives(grandchild))


def test_a_killed_supervisor_leaves_nobody(supervise, tmp_path: Path) -> None:
    polite = f"echo $$ > {tmp_path}/polite; trap 'echo > {tmp_path}/polite_end; exit' TERM; "
    s = supervise(
        {"name": "stubborn", "script": STUBBORN.format(tmp_path)},
        {"name": "polite", "script": polite + "while :; do sleep 0.05; done"},
        grace=0.4,
    )
    pids = [s.pid("leader"), s.pid("grandchild"), s.pid("polite")]
    until(s.keeper)
    pids.append(s.keeper())
    s.process.kill()
    s.process.wait()
    until(lambda: not any(map(lives, pids)))
    assert (tmp_path / "polite_end").exists(), "who can end in order was let to"


def test_the_keeper_is_replaced_and_knows_who_was_there_before(supervise, tmp_path: Path) -> None:
    s = supervise({"name": "stubborn", "script": STUBBORN.format(tmp_path)}, grace=0.2)
    pids = [s.pid("leader"), s.pid("grandchild")]
    until(s.keeper)
    first = s.keeper()
    os.kill(first, signal.SIGTERM)  # as a service manager sends it to all: it stays
    os.kill(first, signal.SIGKILL)
    until(lambda: s.keeper() not in (0, first))
    s.process.kill()
    s.process.wait()
    until(lambda: not any(map(lives, pids)))


def test_with_supervisor_and_keeper_killed_the_kernel_asks_the_children_to_end(
    supervise, tmp_path: Path
) -> None:
    s = supervise({"name": "web", "script": f"echo $$ > {tmp_path}/web; exec sleep 600"})
    pid = s.pid("web")
    until(s.keeper)
    keeper = s.keeper()
    s.process.send_signal(signal.SIGSTOP)  # so that it makes no new one
    os.kill(keeper, signal.SIGKILL)
    s.process.kill()
    s.process.wait()
    until(lambda: not lives(pid))


def test_the_first_ones_are_ready_before_the_others_begin_and_end_after_them(
    supervise, tmp_path: Path
) -> None:
    ready, order = tmp_path / "ready", tmp_path / "order"
    script = "echo {0} up >> {1}; trap 'sleep {2}; echo {0} end >> {1}; exit' TERM; "
    loop = "while :; do sleep 0.02; done"
    redis = {"name": "redis", "script": script.format("redis", order, 0) + loop}
    s = supervise(
        {"name": "web", "script": script.format("web", order, 0.2) + loop},
        {**redis, "first": True, "ready_when_exists": str(ready)},
        welcome="all is there",
    )
    until(order.exists)
    time.sleep(0.3)
    assert order.read_text() == "redis up\n"
    assert "all is there" not in s.said
    ready.touch()
    until(lambda: order.read_text() == "redis up\nweb up\n")
    until(lambda: s.said == "all is there\n")
    s.process.send_signal(signal.SIGTERM)
    assert s.ended() == 0
    assert order.read_text() == "redis up\nweb up\nweb end\nredis end\n"


def test_a_child_that_is_never_ready_ends_everything(supervise, tmp_path: Path) -> None:
    s = supervise(
        {
            "name": "redis",
            "script": "echo loading; exec sleep 600",
            "ready_when_exists": str(tmp_path / "never"),
            "quiet": True,
        },
        ready=0.4,
    )
    assert s.ended() == 1
    assert "redis is not ready after 0.4 s" in s.said
    assert "redis | loading" not in s.said
    assert s.said.endswith("the last lines of redis:\n  loading\n"), "quiet, but not when it fails"


def test_a_quiet_child_is_heard_while_it_is_ready(supervise, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"echo logo; touch {ready}; trap 'echo bye; exit' TERM; sleep 0.4; echo disk full; "
    s = supervise(
        {
            "name": "redis",
            "script": script + "while :; do sleep 0.02; done",
            "ready_when_exists": str(ready),
            "quiet": True,
        }
    )
    until(lambda: "disk full" in s.said)
    s.process.send_signal(signal.SIGTERM)
    assert s.ended() == 0
    assert "redis | disk full" in s.said
    assert "logo" not in s.said
    assert "bye" not in s.said


def test_nobody_left_to_read_the_lines_is_a_wish_to_stop(tmp_path: Path) -> None:
    child = {
        "name": "web",
        "script": f"echo $$ > {tmp_path}/web; while :; do echo x; sleep 0.05; done",
    }
    told = json.dumps({"children": [child], "welcome": "", "limits": {}})
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, told],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"web | x\n"
    pid = int((tmp_path / "web").read_text())
    process.stdout.close()
    assert process.wait(PATIENCE) == 0
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""
    assert not lives(pid)


def test_no_zombie_and_no_keeper_stays_after_an_ordinary_end(supervise) -> None:
    s = supervise({"name": "web", "script": STAYS})
    until(s.keeper)
    keeper = s.keeper()
    until(lambda: "web | up" in s.said)
    s.process.send_signal(signal.SIGTERM)
    assert s.ended() == 0
    assert not lives(keeper)
