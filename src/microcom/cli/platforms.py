"""`microcom platforms`: what each platform takes, as data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from microcom.core.capability import Capabilities, FileRule, Price, Range, SamenessRule
    from microcom.core.options import Option
    from microcom.core.platform import Platform
    from microcom.core.steps import JsonValue

HELP = "What each platform takes, and what it costs."
HEADS = ("platform", "community", "text", "thread", "files", "price", "with a link")
Name = Annotated[str, typer.Argument(metavar="NAME", help="A platform.", show_default=False)]


SHORT = {"image": "pictures", "animation": "GIF", "video": "video"}


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
        rows = [(one.name, *_cells(facts)) for one in found for facts in one.capabilities.values()]
        screen.table(HEADS, rows)

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
            screen.head(f"{platform.name}, posting to a {facts.kind}")
            screen.facts(facts_in_words(facts), indent=2)
            screen.say()
        for where, options in options_by_place(platform).items():
            if options:
                screen.head(f"keys of {where}")
                screen.facts({one.name: key_in_words(one) for one in options}, indent=2)
                screen.say()
        screen.head("logging in")
        screen.facts(_login(platform), indent=2)

    raise typer.Exit(session.screen.answer(Answer({"platforms": [_row(platform)]}, shown)))


def _cells(facts: Capabilities) -> tuple[str, ...]:
    from microcom.core.report import dollars

    price = facts.price
    prices = (
        ("-", "-")
        if price is None
        else (f"${dollars(price.post)}", f"${dollars(price.post_with_link)}")
    )
    thread = f"{facts.thread_parts} parts" if facts.thread_parts > 1 else "-"
    text = f"{facts.text.limit} {facts.text.counting}" if facts.takes_text else "-"
    return (facts.kind, text, thread, _files(facts), *prices)


def _files(facts: Capabilities) -> str:
    """Return how many files of each kind a post may hold, in a few words."""
    if facts.media is None:
        return "-"
    most = ", ".join(f"{rule.most} {SHORT[rule.kind]}" for rule in facts.media.files)
    return f"{most} (needed)" if facts.media.needed else most


def facts_in_words(facts: Capabilities) -> dict[str, str]:
    """Return what is known of a kind of community, in words."""
    long = facts.text.long_limit
    most = {"hashtag": facts.max_hashtags, "cashtag": facts.max_cashtags}
    tags = [f"{n} {tag}{'' if n == 1 else 's'}" for tag, n in most.items() if n is not None]
    thread = f"{facts.thread_parts} parts, {facts.part_gap:g} s apart"
    text = f"{facts.text.limit} characters ({facts.text.counting})" + (
        "" if long is None else f", {long} in a long post"
    )
    said = {
        "text": text if facts.takes_text else "none: a person pastes it",
        **_fields(facts),
        **_media(facts),
        "thread": thread if facts.thread_parts > 1 else "none",
        "tags": f"{', '.join(tags)}; more goes out with --allow only" if tags else "any number",
        "too alike": _alike(facts.sameness),
        "ceiling": f"{facts.ceiling.hour} posts an hour, {facts.ceiling.day} a day, "
        "unless accounts.yaml says otherwise",
        "price": _cost(facts.price),
        "lands within": f"{_seconds(facts.proof.lands_within)}, or never",
        "seen within": f"{_seconds(facts.proof.visible_within)}, by its author",
        "absence": "can be proven by looking"
        if facts.proof.can_prove_absence
        else "cannot be proven: what is in doubt, a person decides",
    }
    return {**said, "source": facts.source}


def _alike(rule: SamenessRule) -> str:
    """Return what becomes of posts that are too alike, in words."""
    words = {"text": rule.text, "media": rule.media, "link": rule.link}
    said = [f"{name}: {policy}" for name, policy in words.items() if policy != "off"]
    return f"{', '.join(said)} ({rule.source})" if said else "not compared"


def _fields(facts: Capabilities) -> dict[str, str]:
    limits = {"title": facts.title_limit, "link": facts.link_limit}
    said = {name: f"{most} characters" for name, most in limits.items() if most is not None}
    return {**said, "labels": ", ".join(facts.labels)} if facts.labels else said


def _media(facts: Capabilities) -> dict[str, str]:
    """Return what each kind of file has to be, in words."""
    rule = facts.media
    if rule is None:
        return {"files": "none"}
    said = {one.kind.value: _file(one) for one in rule.files}
    if rule.alt_limit is not None:
        kinds = ", ".join(kind.value for kind in rule.alt_kinds if rule.of(kind) is not None)
        said["alt text"] = f"{rule.alt_limit} characters ({kinds})"
    if rule.needed:
        said["files"] = "one at the least"
    said["uploads live"] = f"{rule.lives.total_seconds() / 3600:.0f} h"
    return said


def _file(rule: FileRule) -> str:
    from microcom.core.media_check import megabytes, words

    limits = {
        "pixels wide": rule.width,
        "pixels high": rule.height,
        "wide as high": _rounded(rule.ratio),
        "s": rule.seconds,
        "pictures a second": rule.fps,
    }
    said = [f"{words(span)} {what}" for what, span in limits.items() if any(span)]
    types = ", ".join(mime.partition("/")[2] for mime in rule.mimes)
    codecs = [f"coded in {' or '.join(rule.codecs)}"] if rule.codecs else []
    pixels = [f"pixels as {' or '.join(rule.pixels)}"] if rule.pixels else []
    frames = [f"at most {rule.max_frames} frames"] if rule.max_frames else []
    most = f"at most {rule.most}: " if rule.most > 1 else ""
    limited = [types, megabytes(rule.max_bytes), *said, *codecs, *pixels, *frames]
    return f"{most}{'; '.join(limited)}"


def _rounded(span: Range) -> Range:
    from microcom.core.capability import Range

    return Range(*(None if one is None else round(one, 2) for one in span))


def _cost(price: Price | None) -> str:
    from microcom.core.report import dollars

    if price is None:
        return "none is asked"
    post, link = dollars(price.post), dollars(price.post_with_link)
    return f"${post} a post, ${link} with a link (on {price.as_of})"


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():g} s"


def key_in_words(option: Option) -> str:
    """Return what a key of a file means, and what it is where nobody says it."""
    default = "" if option.default is None else f" (default: {json.dumps(option.default)})"
    return f"{option.help}{default}"


def options_by_place(platform: Platform) -> dict[str, Sequence[Option]]:
    """Return the keys that only this platform knows, by where they stand."""
    return {
        "its accounts in accounts.yaml": platform.options,
        "its apps in accounts.yaml": platform.app_options,
        "its communities in accounts.yaml": platform.place_options,
        f"posts, under options: {platform.name}:": platform.post_options,
    }


def _login(platform: Platform) -> dict[str, str]:
    allowed = " ".join(platform.login.scopes)
    return {"token from": platform.login.token_page, "it must allow": allowed}


def _row(platform: Platform) -> dict[str, JsonValue]:
    login = platform.login
    return {
        "name": platform.name,
        "communities": {kind: _values(facts) for kind, facts in platform.capabilities.items()},
        "options": [_option(one) for one in platform.options],
        "app_options": [_option(one) for one in platform.app_options],
        "community_options": [_option(one) for one in platform.place_options],
        "post_options": [_option(one) for one in platform.post_options],
        "login": {"scopes": list(login.scopes), "token_page": login.token_page},
    }


def _option(one: Option) -> dict[str, JsonValue]:
    return {"name": one.name, "type": one.type.__name__, "default": one.default, "help": one.help}


def _media_values(facts: Capabilities) -> JsonValue:
    from dataclasses import asdict

    if facts.media is None:
        return None
    row = asdict(facts.media)
    return {**row, "lives": facts.media.lives.total_seconds()}


def _values(facts: Capabilities) -> dict[str, JsonValue]:
    """Return what :func:`facts_in_words` says as values: money as text, times in seconds."""
    from microcom.core.report import dollars

    text, proof, price = facts.text, facts.proof, facts.price
    return {
        "text": {
            "limit": text.limit,
            "counting": text.counting.value,
            "long_limit": text.long_limit,
        },
        "thread": {"parts": facts.thread_parts, "gap_s": facts.part_gap},
        "takes_text": facts.takes_text,
        "title_limit": facts.title_limit,
        "link_limit": facts.link_limit,
        "labels": list(facts.labels),
        "media": _media_values(facts),
        "max_hashtags": facts.max_hashtags,
        "max_cashtags": facts.max_cashtags,
        "sameness": {
            "text": facts.sameness.text.value,
            "media": facts.sameness.media.value,
            "link": facts.sameness.link.value,
            "rest_s": facts.sameness.rest.total_seconds(),
            "source": facts.sameness.source,
        },
        "ceiling": {"hour": facts.ceiling.hour, "day": facts.ceiling.day},
        "price": None
        if price is None
        else {
            "post_usd": dollars(price.post),
            "post_with_link_usd": dollars(price.post_with_link),
            "as_of": price.as_of.isoformat(),
        },
        "proof": {
            "lands_within_s": proof.lands_within.total_seconds(),
            "visible_within_s": proof.visible_within.total_seconds(),
            "can_prove_absence": proof.can_prove_absence,
        },
        "source": facts.source,
    }
