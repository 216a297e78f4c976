"""The house's own laws: which layer imports which, what stands where."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from gateway.bell import JOBS
from gateway.catalogue import load_catalogue
from gateway.domain.ussd.walk import printed
from gateway.settings import Settings, markdown
from gateway.steps.parts import QUEUES
from gateway.ussd import load_menu

ROOT = Path(__file__).parents[2]
#: layer -> what it may import of the house (besides itself)
MAY = {
    "domain": set(),
    "lexicon": {"domain"},
    "gazetteer": {"domain"},
    "store": {"domain", "errors"},
    "channels": {"domain", "settings"},
    "bell": set(),
    "settings": set(),
    "errors": set(),
    "logs": set(),
    "catalogue": {"domain"},
    "demo": {"domain", "errors"},
    "register": {"domain"},
    "ussd": {"domain"},
    "steps": {"domain", "store", "channels", "errors"},
}
#: what the lower layers never import of the outside
NEVER = {
    "domain": {
        "flask",
        "sqlalchemy",
        "redis",
        "rq",
        "twilio",
        "africastalking",
        "requests",
        "time",
        "random",
        "os",
        "secrets",
        "uuid",
    },
    "store": {"flask", "redis", "rq", "twilio", "africastalking"},
    "channels": {"flask", "sqlalchemy", "redis", "rq"},
    "steps": {"flask", "redis", "rq", "twilio", "africastalking"},
}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files(layer: str) -> list[Path]:
    folder = ROOT / "gateway" / layer
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


@pytest.mark.parametrize("layer", sorted(MAY))
def test_a_layer_imports_only_what_is_below_it(layer: str) -> None:
    allowed = MAY[layer] | {layer}
    for path in files(layer):
        if "migrations" in path.parts:
            continue
        for name in imports(path):
            parts = name.split(".")
            assert parts[0] not in {"workers", "tests", "benchmarks"}, f"{path}: {name}"
            if parts[0] == "gateway" and len(parts) > 1:
                assert parts[1] in allowed, f"{path} imports {name}"


@pytest.mark.parametrize("layer", sorted(NEVER))
def test_a_layer_does_not_know_the_outside_of_another(layer: str) -> None:
    for path in files(layer):
        known = {name.split(".")[0] for name in imports(path)}
        assert not known & NEVER[layer], path


def test_the_core_opens_no_file_and_asks_no_clock() -> None:
    for path in files("domain"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\bopen\(|\.now\(|\.today\(|\.utcnow\(|read_text\(", source), path


def test_every_queue_has_a_job_that_exists_and_a_worker_in_the_procfile() -> None:
    assert set(JOBS) == set(QUEUES)
    for target in JOBS.values():
        module, _, name = target.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))
    procfile = (ROOT / "Procfile").read_text(encoding="utf-8")
    for queue in QUEUES:
        assert re.search(rf"safetynet worker .*\b{queue}\b", procfile), queue


def test_the_page_of_settings_is_the_one_made_from_the_code() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == markdown(), "make docs"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for field in Settings.model_fields.values():
        assert field.description
        assert f"`{field.alias}`" in readme, field.alias


def test_the_printed_menu_is_the_one_that_is_shipped() -> None:
    page = (ROOT / "docs" / "ussd.md").read_text(encoding="utf-8")
    assert printed(load_menu(), load_catalogue(), "en") in page, "safetynet ussd map"


def test_every_link_of_the_documents_leads_to_a_file() -> None:
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")):
                assert (document.parent / target).exists(), f"{document.name}: {target}"
