"""A gateway started as a user starts it: ``safetynet up`` in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import urllib3
from urllib3.exceptions import HTTPError

from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


class Running:
    """``safetynet up`` with its output, on a free port."""

    def __init__(self, data_dir: Path, *args: str, **env: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "up.log"
        data_dir.mkdir(parents=True, exist_ok=True)
        self.env = {
            **{
                k: v
                for k, v in os.environ.items()
                if not k.startswith(("TWILIO_", "AFRICASTALKING_"))
            },
            "SAFETYNET_DATA_DIR": str(data_dir),
            "SAFETYNET_WEB_WORKERS": "1",
            **env,
        }
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(10))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "up", "--port", str(self.port), *args],
                cwd=data_dir,  # no .env of whoever runs the tests
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Running:
        try:
            self.wait_for(lambda: '"clock":"ok"' in self.get("/health/ready"), "it is not ready")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._http.clear()

    def stop(self) -> int:
        """Ctrl-C, and wait until it has ended; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise

    def get(self, path: str) -> str:
        """What an address answers, "" if nothing does."""
        try:
            return self._http.request("GET", self.url + path).data.decode()
        except HTTPError:
            return ""

    def post(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> int:
        """Post a form; the status."""
        answer = self._http.request_encode_body(
            "POST", self.url + path, fields, headers=headers or {}, encode_multipart=False
        )
        return answer.status

    def command(self, *args: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Another command of the program, in the same environment."""
        return subprocess.run(
            [sys.executable, "-m", "gateway", *args],
            cwd=self.log.parent, env=self.env, input=text, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, is_so: Callable[[], bool], told: str) -> None:
        """Wait until something is so, or it has ended."""
        until(
            lambda: is_so() or self.process.poll() is not None,
            lambda: f"{told}; it printed:\n{self.output()}",
        )
        assert self.process.poll() is None, f"it has ended; it printed:\n{self.output()}"


def processes_of(data_dir: Path) -> list[str]:
    """Processes that still carry this data directory in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != str(os.getpid()):
            try:
                environment = (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if str(data_dir).encode() in environment and command:
                found.append(command)
    return found
