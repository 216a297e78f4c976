"""``cards``: the one-page cards of the SMS commands, to print."""

from __future__ import annotations

import click

from gateway import cards as making
from gateway.catalogue import FILES, load_catalogue
from gateway.domain.commands.verbs import RANKS
from gateway.lexicon import load_lexicon


@click.command()
@click.option("--for", "rank", type=click.Choice(RANKS[1:]), default="member", show_default=True)
@click.option("--language", type=click.Choice(list(FILES)), default="en", show_default=True)
@click.option("--markdown", is_flag=True, help="Markdown, not a page to print.")
def cards(rank: str, language: str, markdown: bool) -> None:  # noqa: FBT001 click's way
    """Write the card of a member, of staff or of a coordinator: a page to print from a browser."""
    told = making.card(rank, language, load_lexicon().verbs, load_catalogue())
    click.echo(making.markdown(told) if markdown else making.page(told, language), nl=False)
