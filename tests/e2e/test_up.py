"""Starting, surviving and ending, as the operator sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.e2e.running import Running, free_port, processes_of
from tests.waiting import PATIENCE


def test_a_report_is_finished_by_the_clock_while_redis_is_away(tmp_path: Path) -> None:
    with Running(tmp_path / "data", "--demo") as running:
        redis = _redis(running)
        os.kill(redis, signal.SIGSTOP)
        try:
            _text(running, "TRF Tumpa, 15, F, from Chandipara, Mumbai, today, agent, danger now\n")
            running.wait_for(lambda: "Received. No " in running.get("/phones/feed"), "no answer")
        finally:
            os.kill(redis, signal.SIGCONT)
    assert processes_of(tmp_path / "data") == []


def test_a_production_start_without_keys_is_refused_in_one_line(tmp_path: Path) -> None:
    env = {**os.environ, "SAFETYNET_DATA_DIR": str(tmp_path / "data")}
    for command in (
        ["up", "--port", str(free_port())],
        ["web"],
        ["clock"],
        ["doctor", "--migrate"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *command],
            cwd=tmp_path, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert (
            done.stderr.strip()
            == "safetynet: SAFETYNET_KEYS is not set; make keys with: safetynet keys new"
        )


def test_the_demonstration_touches_no_real_database_and_no_vendor(tmp_path: Path) -> None:
    real = f"sqlite:///{tmp_path}/real.db"
    vendor = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "TWILIO_FROM": "+15550100"}
    with Running(tmp_path / "data", "--demo", DATABASE_URL=real, **vendor) as running:
        assert running.post("/webhooks/twilio/sms", {"From": "+917000000301", "Body": "x"}) == 404
    assert not (tmp_path / "real.db").exists()


def test_the_demonstration_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    with Running(tmp_path / "data", "--demo") as running:
        _text(running, "MIG Rina, 16, F, Delhi, 12/12, agent Salim, from Chandipara\n")
        running.wait_for(lambda: "Received. No " in running.get("/phones/feed"), "no answer")
    with Running(tmp_path / "data", "--demo") as running:
        assert "Received. No " in running.get("/phones/feed")


def _text(running: Running, text: str) -> None:
    done = running.command("phone", "+917000000301", "--url", running.url, "--wait", "0", text=text)
    assert done.returncode == 0, done.stderr


def _redis(running: Running) -> int:
    """The embedded Redis: it writes its title over its environment, so its parent tells."""
    children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text()
    for child in children.split():
        if Path(f"/proc/{child}/comm").read_text().startswith("redis-server"):
            return int(child)
    raise AssertionError(f"no Redis; it printed:\n{running.output()}")
