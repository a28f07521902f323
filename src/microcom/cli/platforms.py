"""`microcom platforms`: what each platform takes, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.core.capability import Capabilities
    from microcom.core.platform import Platform
    from microcom.core.steps import JsonValue

HELP = "What each platform takes, and what it costs."
Name = Annotated[str, typer.Argument(metavar="NAME")]


def register_group(app: typer.Typer, words: Sequence[str]) -> None:
    """Add the command group."""
    del words
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    app.add_typer(group, name="platforms")


def list_(as_json: AsJson = False) -> None:
    """List the platforms that microcom can post to.

    Example: microcom platforms list
    """
    from microcom.platforms import load, names

    session = Session("platforms list", json=as_json)
    found = [load(name) for name in names()]

    def shown(screen: Screen) -> None:
        rows = [
            (one.name, kind, f"{facts.text.limit} {facts.text.counting}", str(facts.thread_parts))
            for one in found
            for kind, facts in one.capabilities.items()
        ]
        screen.table(("platform", "kind", "text", "thread parts"), rows)

    answer = Answer({"platforms": [_row(one) for one in found]}, shown)
    raise typer.Exit(session.screen.answer(answer))


def show(name: Name, as_json: AsJson = False) -> None:
    """Show one platform's limits, prices and facts of proof.

    Example: microcom platforms show x
    """
    from microcom.platforms import load

    session = Session("platforms show", json=as_json)
    platform = load(name)

    def shown(screen: Screen) -> None:
        for facts in platform.capabilities.values():
            screen.say(f"{platform.name}, {facts.kind}")
            screen.facts({f"  {key}": value for key, value in _facts(facts).items()})
        for option in platform.options:
            screen.say(f"  key {option.name}: {option.help}")
        screen.say(f"  token from {platform.login.token_page}")
        screen.say(f"  scopes {' '.join(platform.login.scopes)}")

    raise typer.Exit(session.screen.answer(Answer({"platforms": [_row(platform)]}, shown)))


def _row(platform: Platform) -> dict[str, JsonValue]:
    return {
        "name": platform.name,
        "kinds": {kind: _facts(facts) for kind, facts in platform.capabilities.items()},
        "scopes": list(platform.login.scopes),
        "token_page": platform.login.token_page,
    }


def _facts(facts: Capabilities) -> dict[str, str]:
    from microcom.core.report import dollars

    long = "" if facts.text.long_limit is None else f", long posts {facts.text.long_limit}"
    said = {
        "text": f"{facts.text.limit} ({facts.text.counting}){long}",
        "thread": f"{facts.thread_parts} parts, {facts.part_gap:g} s apart",
        "ceiling": f"{facts.ceiling.hour} posts an hour, {facts.ceiling.day} a day, by default",
        "lands within": f"{facts.proof.lands_within.total_seconds():g} s",
        "visible within": f"{facts.proof.visible_within.total_seconds():g} s",
        "absence": "can be proven" if facts.proof.can_prove_absence else "cannot be proven",
        "source": facts.source,
    }
    if facts.price is not None:
        price, link = dollars(facts.price.post), dollars(facts.price.post_with_link)
        said["price"] = f"${price} a post, ${link} with a link (since {facts.price.as_of})"
    return said
