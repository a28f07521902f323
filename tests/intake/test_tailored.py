"""One post, said otherwise to some of its targets: `for:`, tags, parts, links, fitting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from tests.intake.fakes import BayRegistry

from microcom.core.account import Care, Fit, Rules, Sameness
from microcom.core.capability import Policy
from microcom.core.config import Config
from microcom.core.plan import Plan, plan
from microcom.core.post import Snapshot
from microcom.core.problem import Problem, Severity
from microcom.errors import Mistakes
from microcom.intake.accounts import understood
from microcom.intake.draft import Draft
from microcom.intake.frozen import dump, load
from microcom.intake.posts import read_draft
from microcom.intake.templates import render

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REGISTRY = BayRegistry(problems={"long": Problem("text.too_long", "It is long.")})
ACCOUNTS = """\
project: p
timezone: Europe/Paris
blackout: 2026-12-31
links: {deny: [spam.example]}
monthly_budget_usd: {pond: 3.5}
rules: {gap: 20m, quiet: "22:00-07:00", jitter: 5m, fit: trim, media: fix, max_links: 1,
        must_state: [], sameness: {days: 60, text: refuse}}
apps:
  ours: {platform: bay, monthly_budget_usd: 120}
clients:
  acme:
    monthly_budget_usd: {bay: 25}
    blackout: [2026-12-24/2026-12-26]
    links: {utm: {source: "{{ platform }}", campaign: "{{ campaign }}"}, untouched: [pay.example]}
accounts:
  acme-pond: {platform: pond, handle: acme, client: acme, slots: "mon-fri 09:00", tags: [coffee]}
  acme-bay:
    platform: bay
    handle: acme
    client: acme
    default: home
    communities:
      home: {board: Home bar}
      tulips:
        board: Latte art
        timezone: Asia/Tokyo
        language: fr
        tags: [latteart, menu]
        vars: {greeting: Salut}
        slots: ["tue,thu 18:30", "sat 11:00"]
        rules: {max_hashtags: 2}
  own-cove: {platform: cove, handle: me, communities: {den: {rules: {fit: thread}}}}
groups:
  first: [acme-pond, acme-bay/tulips]
  second: [acme-bay/tulips]
"""


@pytest.fixture(scope="module")
def config() -> Config:
    """Return a client's accounts on two platforms, and one of nobody's."""
    return understood({"accounts.yaml": ACCOUNTS.encode()}, REGISTRY)


def _draft(folder: Path, text: str) -> Draft:
    file = folder / "post.md"
    file.write_text(text, encoding="utf-8")
    return read_draft(file)


def _plan(config: Config, draft: Draft, **more: str) -> Plan:
    platforms = {name: REGISTRY.load(name) for name in REGISTRY.names()}
    return plan(draft.post, config, platforms, NOW, render=render, **more)  # type: ignore[arg-type]


def _said(config: Config, folder: Path, text: str) -> dict[str, Snapshot]:
    found = _plan(config, _draft(folder, text))
    assert not found.obstacles
    return {str(one.target): one.snapshot for one in found.deliveries}


def test_everything_of_an_accounts_file_is_read_and_kept(config: Config) -> None:
    """Rules, budgets, days, links, tags and slots arrive, also from the cache."""
    rules = config.accounts["acme-pond"].rules
    assert (rules.gap, rules.quiet) == (timedelta(minutes=20), ("22:00-07:00",))
    assert (rules.fit, rules.media, rules.max_links) == (Fit.TRIM, Care.FIX, 1)
    assert rules.sameness == Sameness(days=60, text=Policy.REFUSE)
    assert Rules.of(rules.said()) == rules
    client = config.clients["acme"]
    assert client.budgets == {"bay": 25_000_000}
    assert client.blackout == ("2026-12-31", "2026-12-24/2026-12-26")
    assert (client.links.deny, client.links.untouched) == (("spam.example",), ("pay.example",))
    assert config.nobody.budgets == {"pond": 3_500_000}
    assert config.apps["ours"].budget == 120_000_000
    bay, pond = config.accounts["acme-bay"], config.accounts["acme-pond"]
    assert (bay.zone_of("tulips"), bay.zone_of("home")) == ("Asia/Tokyo", "Europe/Paris")
    assert bay.slots_of("tulips") == ("tue,thu 18:30", "sat 11:00")
    assert pond.slots_of("wall") == ("mon-fri 09:00",)
    assert load(dump(config)) == config


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("quiet: 22-7", "time.quiet"),
        ("gap: soon", "time.duration"),
        ("fit: shrink", "config.choice"),
        ("must_state: [ia]", "config.choice"),
        ("sameness: {days: 0}", "config.number"),
        ("sameness: {words: refuse}", "config.unknown_key"),
    ],
)
def test_a_rule_that_makes_no_sense_has_its_sentence(key: str, code: str) -> None:
    """Each rule says what it takes, at its place."""
    text = f"project: p\nrules: {{{key}}}\n"
    with pytest.raises(Mistakes) as caught:
        understood({"accounts.yaml": text.encode()}, REGISTRY)
    (problem,) = caught.value.problems
    assert (problem.code, (problem.where or "").startswith("accounts.yaml:2:")) == (code, True)


FOR = {
    "client:acme": "client",
    "platform:bay": "platform",
    "group:first": "group",
    "group:second": "later group",
    "acme-bay": "account",
    "acme-bay/tulips": "place",
}


@pytest.mark.parametrize("last", range(1, len(FOR) + 1))
def test_the_closest_words_win(config: Config, tmp_path: Path, last: int) -> None:
    """Base < client < platform < group < account < community, in whatever order a file has them."""
    keys = list(FOR)[:last]
    for order in (keys, keys[::-1], *list(permutations(keys))[:5]):
        blocks = "".join(f"  {key}: {{text: {FOR[key]}}}\n" for key in order)
        said = _said(
            config,
            tmp_path,
            f"---\nid: a\nto: acme-bay/tulips\ntags: []\nfor:\n{blocks}---\nbase\n",
        )
        assert said["acme-bay/tulips"].parts[0].startswith(f"{FOR[keys[-1]]}\n")


def test_an_empty_text_is_a_decision_and_a_left_out_one_is_not(
    config: Config, tmp_path: Path
) -> None:
    """`text: ""` says nothing there; a variant without `text` keeps the words of all."""
    text = """---
id: a
to: [acme-bay, own-cove/den]
title: All
link: https://a.example
for:
  acme-bay: {text: "", title: "", link: ""}
  own-cove: {title: Cove}
---
Words
"""
    said = _said(config, tmp_path, text)
    bay, cove = said["acme-bay/home"], said["own-cove/den"]
    assert (bay.parts, bay.title, bay.link) == (("",), None, None)
    assert (cove.parts, cove.title) == (("Words\n\nhttps://a.example",), "Cove")


def test_words_are_filled_in_with_what_is_known_of_the_place(
    config: Config, tmp_path: Path
) -> None:
    """A template knows client, platform, account, community, campaign, post, and `vars` of each."""
    text = """---
id: menu
campaign: winter
to: [acme-bay/tulips]
vars: {drink: latte}
for: {platform:bay: {vars: {drink: mocha}}}
---
{{ greeting }} {{ platform }} {{ drink }} {{ post }}
"""
    (said,) = _said(config, tmp_path, text).values()
    assert said.parts == ("Salut bay mocha menu\n\n#latteart #menu",)


def test_a_name_that_nobody_knows_is_said_at_the_text(config: Config, tmp_path: Path) -> None:
    """A variable without a value stops that target, with the place of the text."""
    draft = _draft(tmp_path, "---\nid: a\nto: [acme-pond]\n---\nHi {{ greting }}\n")
    found = _plan(config, draft)
    (problem,) = found.obstacles
    assert problem.code == "template.unknown"
    assert draft.placed(problem, found.said).where == f"{tmp_path / 'post.md'}:5:1"
    assert not found.deliveries


def test_a_problem_of_a_variant_is_placed_there(config: Config, tmp_path: Path) -> None:
    """What is wrong with words of `for` is said at their line."""
    draft = _draft(
        tmp_path, "---\nid: a\nto: [acme-pond]\nfor:\n  acme-pond:\n    text: A long one\n---\nHi\n"
    )
    found = _plan(config, draft)
    assert found.said == {"acme-pond/wall": {"text": "acme-pond"}}
    (problem,) = found.obstacles
    assert draft.placed(problem, found.said).where == f"{tmp_path / 'post.md'}:6:11"


def test_for_names_somebody(config: Config, tmp_path: Path) -> None:
    """A key of `for` that speaks of nobody is a mistake, with the nearest name."""
    draft = _draft(tmp_path, "---\nid: a\nto: [acme-pond]\nfor:\n  acme-pnd: {text: x}\n---\nHi\n")
    found = _plan(config, draft)
    (problem,) = found.obstacles
    placed = draft.placed(problem, found.said)
    assert placed.code == "for.unknown"
    assert (placed.hint or "").startswith("Did you mean acme-pond")
    assert (placed.where or "").endswith("post.md:5:3")


def test_tags_go_where_there_is_room_for_them(config: Config, tmp_path: Path) -> None:
    """The post's tags come first, then the place's, none twice, and no more than are allowed."""
    draft = _draft(
        tmp_path, "---\nid: a\nto: [acme-bay/tulips, acme-pond]\ntags: [winter]\n---\nA #menu\n"
    )
    found = _plan(config, draft)
    said = {str(one.target): one.snapshot.parts for one in found.deliveries}
    assert said == {
        "acme-bay/tulips": ("A #menu\n\n#winter",),
        "acme-pond/wall": ("A #menu\n\n#winter #coffee",),
    }
    (problem,) = found.problems
    assert (problem.code, problem.severity) == ("tags.left_out", Severity.NOTICE)
    assert problem.message == "#latteart left out: 2 hashtags are the most here."


def test_links_are_marked_for_each_place(config: Config, tmp_path: Path) -> None:
    """UTM values are templates; a link in the field, in the text and after it carry them."""
    text = """---
id: a
campaign: winter
to: [acme-bay/home, acme-pond]
fit: refuse
link: https://a.example/x
for: {platform:bay: {link: https://a.example}}
---
Now
"""
    found = _plan(config, _draft(tmp_path, text))
    said = {str(one.target): one.snapshot for one in found.deliveries}
    pond = "https://a.example/x?utm_source=pond&utm_campaign=winter"
    assert said["acme-bay/home"].link == "https://a.example?utm_source=bay&utm_campaign=winter"
    assert said["acme-pond/wall"].parts == (f"Now\n\n{pond}\n\n#coffee",)


def test_hosts_that_are_denied_are_refused(config: Config, tmp_path: Path) -> None:
    """A link to a host that the client does not want stops the post, in the field or the text."""
    draft = _draft(
        tmp_path,
        "---\nid: a\nto: [acme-pond]\nlink: https://spam.example/a\n---\nHi\n",
    )
    assert "link.host" in {one.code for one in _plan(config, draft).obstacles}


def test_words_typed_are_no_template(config: Config) -> None:
    """Braces on the command line stay braces."""
    from microcom.intake.posts import text_post

    draft = Draft(text_post("{{ hi }}"))
    found = _plan(config, draft, to=["own-cove/den"])  # type: ignore[arg-type]
    assert found.deliveries[0].snapshot.parts == ("{{ hi }}",)


def test_a_text_over_the_limit_fits_as_its_rule_says(config: Config, tmp_path: Path) -> None:
    """`trim` cuts it and keeps the tags, `thread` goes on in parts; each says so."""
    words = "One two three four. Five six seven eight. Nine ten eleven."
    draft = _draft(tmp_path, f"---\nid: a\nto: [acme-pond, own-cove/den]\n---\n{words}\n")
    found = _plan(config, draft)
    said = {str(one.target): one.snapshot.parts for one in found.deliveries}
    assert said["own-cove/den"] == (
        "One two three four.",
        "Five six seven eight. Nine ten eleven.",
    )
    (cut,) = said["acme-pond/wall"]
    assert cut.startswith("One two three four.")
    assert cut.endswith("…\n\n#coffee")
    assert len(cut) <= 40
    assert [one.code for one in found.problems] == ["text.trimmed", "text.threaded"]
