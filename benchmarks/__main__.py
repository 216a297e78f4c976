"""``python -m benchmarks``: a table of what the gateway does, beside the bare bound."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path

from benchmarks import load, ussd
from benchmarks.stage import VILLAGE, Stage, databases

#: one reply, one question and two alerts
HANDED_OVER_EACH = 4


def bare(database: str, count: int, run: str) -> dict[str, float]:
    """The bound: signature and one committed row."""
    with Stage(database, 0) as stage:
        stage.bare()
        load.closed_loop(stage.port, load.requests(count // 5, f"{run}-warm", VILLAGE))
        result = load.closed_loop(stage.port, load.requests(count, run, VILLAGE))
        return {
            "accepted/s": result.per_second,
            "p50 ms": result.percentile(0.5),
            "p99 ms": result.percentile(0.99),
            "refused": result.refused,
        }


def whole(
    database: str, count: int, delay: float, run: str, fill: int = 0, rate: float = 300
) -> dict[str, float]:
    """The gateway: closed loop until all is handed over, then a constant rate."""
    with Stage(database, delay) as stage:
        stage.gateway()
        done = 0
        warm = load.requests(max(200, fill), f"{run}-warm", VILLAGE)
        load.closed_loop(stage.port, warm)
        done += len(warm) * HANDED_OVER_EACH
        stage.wait_handed_over(done, 60 + len(warm) / 50)
        made = load.requests(count, run, VILLAGE)
        cpu = stage.cpu_seconds()
        begun = time.perf_counter()
        result = load.closed_loop(stage.port, made)
        done += count * HANDED_OVER_EACH
        finished = stage.wait_handed_over(done, 60 + count / 50) - begun
        cpu = stage.cpu_seconds() - cpu
        steady = load.requests(int(rate * 10), f"{run}-steady", VILLAGE)
        begun = time.perf_counter()
        constant = load.offered(stage.port, steady, rate)
        done += len(steady) * HANDED_OVER_EACH
        ended = stage.wait_handed_over(done, 60 + len(steady) / 50)
        return {
            "accepted/s": result.per_second,
            "p50 ms": result.percentile(0.5),
            "p99 ms": result.percentile(0.99),
            "finished/s": count / finished,
            f"p50 ms at {rate:.0f}/s": constant.percentile(0.5),
            f"p99 ms at {rate:.0f}/s": constant.percentile(0.99),
            "last handed over after s": ended - begun - constant.seconds,
            "CPU s per 1000": cpu / count * 1000,
            "memory MB": stage.memory_mb(),
            "refused": result.refused + constant.refused,
        }


def dialled(database: str, count: int, run: str) -> dict[str, float]:
    """USSD: 50 sessions at once, first as people type, then as fast as screens are answered."""
    with Stage(database, 0.05) as stage:
        stage.gateway()
        ussd.sessions(stage.port, 100, f"{run}-warm", VILLAGE)
        typing = ussd.sessions(stage.port, count // 10, f"{run}-typing", VILLAGE, think=1.0)
        loop = ussd.sessions(stage.port, count // 4, run, VILLAGE)
        return {
            "p50 ms, a step a second": typing.percentile(0.5),
            "p99 ms, a step a second": typing.percentile(0.99),
            "slowest ms, a step a second": typing.percentile(1.0),
            "p50 ms, no pause": loop.percentile(0.5),
            "p99 ms, no pause": loop.percentile(0.99),
            "steps/s, no pause": loop.per_second,
            "memory MB": stage.memory_mb(),
            "refused": typing.refused + loop.refused,
        }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small counts: does it run at all")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--only", help="only scenarios whose name holds this")
    parser.add_argument(
        "--fill", type=int, default=0, help="also measure with so many messages stored before"
    )
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    count = 600 if options.quick else 4_000
    run = f"{time.time_ns():x}"
    kinds = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    scenarios: list[tuple[str, str, dict[str, float]]] = []
    for kind in kinds:
        scenarios.append((f"{kind}: bare bound", kind, {}))
        scenarios.append((f"{kind}: gateway, provider answers at once", kind, {"delay": 0.0}))
        scenarios.append((f"{kind}: gateway, provider takes 50 ms", kind, {"delay": 0.05}))
        scenarios.append((f"{kind}: USSD, 50 sessions at once", kind, {"ussd": 1.0}))
        if options.fill:
            scenarios.append(
                (
                    f"{kind}: gateway, {options.fill} messages stored before",
                    kind,
                    {"delay": 0.0, "fill": options.fill},
                )
            )
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}, {count} messages a scenario",
        flush=True,
    )
    figures: dict[str, dict[str, float]] = {}
    for number, (name, kind, how) in enumerate(scenarios):
        if options.only and options.only not in name:
            continue
        with databases(kind) as database:
            if "ussd" in how:
                found = dialled(database, count, f"{run}{number}")
            elif how:
                found = whole(
                    database, count, how["delay"], f"{run}{number}", int(how.get("fill", 0))
                )
            else:
                found = bare(database, count, f"{run}{number}")
        figures[name] = found
        bound = figures.get(f"{kind}: bare bound", {}).get("accepted/s")
        print(f"\n{name}", flush=True)
        for label, value in found.items():
            ratio = (
                f"   {value / bound:.2f} of the bound"
                if bound and label.endswith("/s") and "at" not in label
                else ""
            )
            print(f"  {label:28} {value:10.1f}{ratio}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


main()
