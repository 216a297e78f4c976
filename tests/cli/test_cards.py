"""The printed cards: of the same table as MENU, on one page, as in docs/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page

from gateway.catalogue import FILES
from gateway.cli import safetynet
from gateway.lexicon import load_lexicon

DOCS = Path(__file__).parents[2] / "docs"


def made(*options: str) -> str:
    result = CliRunner().invoke(safetynet, ["cards", *options])
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("rank", ["member", "staff", "coordinator"])
def test_the_cards_in_docs_are_those_of_the_table(rank: str) -> None:
    written = (DOCS / f"card-{rank}.md").read_text(encoding="utf-8")
    assert written == made("--markdown", "--for", rank), "make docs"


@pytest.mark.parametrize(
    ("rank", "role"), [("member", "member"), ("staff", "staff"), ("coordinator", "coordinator")]
)
def test_a_card_holds_what_its_reader_may_and_nothing_else(rank: str, role: str) -> None:
    text = made("--markdown", "--for", rank)
    for verb in load_lexicon().verbs.all:
        row = f"`{verb.syntax}`".replace("|", "\\|")
        assert (row in text) is verb.allows(role), verb.name


@pytest.mark.parametrize("language", FILES)
def test_a_card_prints_on_one_page(language: str, page: Page) -> None:
    page.set_content(made("--for", "coordinator", "--language", language))
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == 1
