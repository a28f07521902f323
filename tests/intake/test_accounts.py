from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.fakes import REGISTRY

from microcom.core.account import Lateness, Missed
from microcom.core.capability import Ceiling
from microcom.core.config import App, Client, Config
from microcom.core.problem import Problem
from microcom.core.steps import JsonValue
from microcom.core.target import Target
from microcom.errors import Mistakes
from microcom.intake.accounts import load, understood

STUDIO = """\
microcom: 1
project: studio-north
timezone: Europe/Paris
rules:
  ceiling: {hour: 4, day: 15}
  missed: {do: hold, after: 2h}
  banned: []
platforms:
  pond: {max_hashtags: 2}
apps:
  north: {platform: pond, client_id: 1501234}
  south: {platform: pond}
use: {pond: north}
clients:
  acme:
    name: Acme Coffee
    rules: {banned: [cheapest, miracle], missed: {do: send}}
    platforms:
      pond: {max_hashtags: 1}
  lumen: {timezone: America/New_York, use: {pond: south}}
accounts:
  acme-pond:
    platform: pond
    client: acme
    handle: acmecoffee
    premium: true
    shelf: 7
    rules: {ceiling: {hour: 2}}
    communities:
      corner: {rules: {max_hashtags: 0}}
  lumen-pond: {platform: pond, client: lumen, handle: 12, timezone: Asia/Tokyo, default: corner}
  own-cove: {platform: cove, handle: own}
groups:
  coffee: [acme-pond, acme-pond/corner]
  all: {across_clients: true, targets: [lumen-pond, own-cove/den]}
"""


def _config(text: str) -> Config:
    return understood({"accounts.yaml": text.encode()}, REGISTRY)


def _problems(text: str) -> list[tuple[str, str]]:
    """Return place and code of everything that is wrong with the text."""
    with pytest.raises(Mistakes) as caught:
        _config(text)
    for problem in caught.value.problems:
        assert "Input" not in problem.message, "pydantic's words reach nobody"
    return [
        ((problem.where or "").removeprefix("accounts.yaml:"), problem.code)
        for problem in caught.value.problems
    ]


def test_a_lone_creator_needs_two_keys() -> None:
    """A project and accounts are enough; the rest has its built-in value."""
    config = _config("project: me\naccounts:\n  me: {platform: pond, handle: me}\n")
    account = config.accounts["me"]
    assert config.timezone == account.timezone == "UTC"
    assert account.app == "pond"
    assert account.client is None
    assert account.default == "wall"
    assert list(account.communities) == ["wall", "corner"]
    assert account.rules.ceiling is None
    assert account.options == {"premium": False, "shelf": None, "motto": None}
    assert config.apps == {"pond": App("pond", "pond", "")}
    assert config.origins == {"me": {}}


def test_the_closest_zone_and_app_win() -> None:
    """Zone and app come from the account, else its client, else the file."""
    config = _config(STUDIO)
    acme, lumen, own = config.accounts.values()
    assert (acme.timezone, lumen.timezone, own.timezone) == (
        "Europe/Paris",
        "Asia/Tokyo",
        "Europe/Paris",
    )
    assert (acme.app, lumen.app, own.app) == ("north", "south", "cove")
    assert config.clients["acme"] == Client("acme", "Acme Coffee", "Europe/Paris")
    assert config.clients["lumen"] == Client("lumen", "lumen", "America/New_York")
    assert config.apps["north"] == App("north", "pond", "1501234")


def test_a_single_app_needs_no_use() -> None:
    """One app declared for a platform serves its accounts without `use`."""
    text = "project: me\napps: {mine: {platform: pond}}\naccounts: {a: {platform: pond, handle: a}}"
    assert _config(text).accounts["a"].app == "mine"


def test_what_a_platform_alone_knows_is_read_by_its_types() -> None:
    """Options have the platform's types and defaults."""
    options = _config(STUDIO).accounts["acme-pond"].options
    assert options == {"premium": True, "shelf": 7, "motto": None}


def test_ids_and_handles_may_look_like_numbers() -> None:
    """A handle or id made of digits stays the text it is."""
    assert _config(STUDIO).accounts["lumen-pond"].handle == "12"


def test_groups_name_targets() -> None:
    """A bare account in a group means its default community."""
    assert _config(STUDIO).groups == {
        "coffee": (Target("acme-pond", "wall"), Target("acme-pond", "corner")),
        "all": (Target("lumen-pond", "corner"), Target("own-cove", "den")),
    }


def test_the_closest_rule_wins_key_by_key() -> None:
    """Each key, also half of a ceiling, comes from the most specific level that states it."""
    acme = _config(STUDIO).accounts["acme-pond"]
    assert acme.rules.ceiling == Ceiling(hour=2, day=15)
    assert acme.rules.missed == Missed(Lateness.SEND, timedelta(hours=2))
    assert acme.rules.max_hashtags == 1
    assert acme.rules.banned == ("cheapest", "miracle")
    assert acme.communities["wall"].rules == acme.rules
    assert acme.communities["corner"].rules.max_hashtags == 0
    assert acme.communities["corner"].rules.ceiling == acme.rules.ceiling


def test_each_rule_knows_its_line() -> None:
    """A rule in force shows its value as written and file, line and column; defaults show none."""
    origins = _config(STUDIO).origins
    assert {key: (said.value, said.where) for key, said in origins["acme-pond"].items()} == {
        "ceiling.hour": ("2", "accounts.yaml:28:29"),
        "ceiling.day": ("15", "accounts.yaml:5:27"),
        "missed.do": ("send", "accounts.yaml:17:55"),
        "missed.after": ("2h", "accounts.yaml:6:29"),
        "max_hashtags": ("1", "accounts.yaml:19:28"),
        "banned": ("[cheapest, miracle]", "accounts.yaml:17:21"),
    }
    assert origins["acme-pond/corner"]["max_hashtags"].where == "accounts.yaml:30:38"
    assert "acme-pond/wall" not in origins


LEVELS = {
    "rules": "rules: {max_hashtags: 1}",
    "platforms.P": "platforms: {pond: {max_hashtags: 2}}",
    "clients.C.rules": "clients: {c: {rules: {max_hashtags: 3}",
    "clients.C.platforms.P": ", platforms: {pond: {max_hashtags: 4}}",
    "accounts.A.rules": ", rules: {max_hashtags: 5}",
    "communities.K.rules": ", communities: {wall: {rules: {max_hashtags: 6}}}",
}


@pytest.mark.parametrize("highest", range(7))
def test_the_order_of_levels(highest: int) -> None:
    """File, its platforms, client, its platforms, account, community: the last one has its way."""
    said = [line if number < highest else "" for number, line in enumerate(LEVELS.values())]
    client = (said[2] or "clients: {c: {name: C") + said[3] + "}}"
    account = f"accounts: {{a: {{platform: pond, handle: a, client: c{said[4]}{said[5]}}}}}"
    config = _config("\n".join(["project: p", said[0], said[1], client, account]))
    rules = config.accounts["a"].communities["wall"].rules
    assert rules.max_hashtags == (highest or None)


HEAD = "project: p\n"
ONE = "accounts:\n  one: {platform: pond, handle: one}\n"
MISTAKES = {
    "no project": ("accounts: {}\n", [("1:1", "config.missing")]),
    "bad project": ("project: My Project\n", [("1:10", "config.name")]),
    "newer format": ("microcom: 2\nproject: p\n", [("1:11", "config.format")]),
    "unknown key": (HEAD + "quiet: []\n", [("2:1", "config.unknown_key")]),
    "unknown zone": (HEAD + "timezone: Europe/Pari\n", [("2:11", "time.zone")]),
    "empty key": (HEAD + "timezone:\n", [("2:1", "config.empty")]),
    "text for a block": (HEAD + "accounts: me\n", [("2:11", "config.block")]),
    "list for a block": (HEAD + "accounts: [me]\n", [("2:11", "config.block")]),
    "rule that does nothing yet": (HEAD + "rules: {pause: 20m}\n", [("2:9", "config.unknown_key")]),
    "rule misspelled": (HEAD + "rules: {max_hashtag: 1}\n", [("2:9", "config.unknown_key")]),
    "no number": (HEAD + "rules: {max_hashtags: few}\n", [("2:23", "config.number")]),
    "negative": (HEAD + "rules: {max_hashtags: -1}\n", [("2:23", "config.number")]),
    "no posts at all": (HEAD + "rules: {ceiling: {day: 0}}\n", [("2:24", "config.number")]),
    "no span": (HEAD + "rules: {missed: {after: 2 moons}}\n", [("2:25", "time.duration")]),
    "no choice": (HEAD + "rules: {missed: {do: hodl}}\n", [("2:22", "config.choice")]),
    "not a list": (HEAD + "rules: {banned: cheap}\n", [("2:17", "config.list")]),
    "quoted tag": (HEAD + 'rules: {banned: [a, "#b"]}\n', [("2:21", "config.tag")]),
    "unknown platform": (
        HEAD + "platforms: {pnd: {}}\napps: {a: {platform: pnd}}\nuse: {cov: a}\n",
        [("2:13", "platform.unknown"), ("3:22", "platform.unknown"), ("4:7", "platform.unknown")],
    ),
    "unknown app": (
        HEAD + "use: {pond: a}\nclients: {c: {use: {pond: b}}}\n",
        [("2:13", "app.unknown"), ("3:27", "app.unknown")],
    ),
    "app of another platform": (
        HEAD + "apps: {a: {platform: cove}}\nuse: {pond: a}\n",
        [("3:13", "app.platform")],
    ),
    "which app": (
        HEAD + "apps: {a: {platform: pond}, b: {platform: pond}}\n" + ONE,
        [("4:3", "app.needed")],
    ),
    "account without platform": (
        HEAD + "accounts:\n  one: {handle: a}\n",
        [("3:3", "config.missing")],
    ),
    "account without handle": (
        HEAD + "accounts:\n  one: {platform: pond}\n",
        [("3:3", "config.missing")],
    ),
    "bad account name": (
        HEAD + "accounts:\n  One_x: {platform: pond, handle: a}\n",
        [("3:3", "config.name")],
    ),
    "quoted @": (
        HEAD + "accounts:\n  one: {platform: pond, handle: '@a'}\n",
        [("3:33", "config.handle")],
    ),
    "unknown client": (
        HEAD + "clients: {acme: {}}\naccounts:\n  a: {platform: pond, handle: a, client: acm}\n",
        [("4:42", "client.unknown")],
    ),
    "unknown default": (
        HEAD + "accounts:\n  a: {platform: pond, handle: a, default: wal}\n",
        [("3:43", "community.unknown")],
    ),
    "unknown community": (
        HEAD + "accounts:\n  a: {platform: pond, handle: a, communities: {hall: {}}}\n",
        [("3:48", "community.unknown")],
    ),
    "unknown option": (
        HEAD + "accounts:\n  a: {platform: pond, handle: a, premum: true}\n",
        [("3:34", "config.unknown_key")],
    ),
    "option of another platform": (
        HEAD + "accounts:\n  a: {platform: cove, handle: a, premium: true}\n",
        [("3:34", "config.unknown_key")],
    ),
    "option of another type": (
        HEAD + "accounts:\n  a: {platform: pond, handle: a, premium: yes, shelf: x, motto: []}\n",
        [("3:43", "config.option"), ("3:55", "config.option"), ("3:65", "config.option")],
    ),
    "group named as an account": (HEAD + ONE + "groups: {one: []}\n", [("4:10", "group.taken")]),
    "group of text": (HEAD + ONE + "groups: {g: one}\n", [("4:13", "config.list")]),
    "group of unknowns": (
        HEAD + ONE + "groups: {g: [on, one/wal, one/wall]}\n",
        [("4:14", "account.unknown"), ("4:18", "community.unknown")],
    ),
    "group twice the same": (
        HEAD + ONE + "groups: {g: [one, one/wall]}\n",
        [("4:19", "target.twice")],
    ),
    "group in a group": (
        HEAD + ONE + "groups: {g: [one], h: [g]}\n",
        [("4:24", "group.nested")],
    ),
    "group of an account without default": (
        HEAD + "accounts:\n  c: {platform: cove, handle: c}\ngroups: {g: [c]}\n",
        [("4:14", "community.needed")],
    ),
    "group of two clients": (
        HEAD + "clients: {c: {}}\n" + ONE + "  two: {platform: pond, handle: b, client: c}\n"
        "groups:\n  g: [one, two]\n",
        [("7:3", "group.clients")],
    ),
    "group with half a flag": (
        HEAD + ONE + "groups: {g: {across_clients: yes, targets: [one]}}\n",
        [("4:30", "config.flag")],
    ),
}


@pytest.mark.parametrize(("text", "places"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_has_its_place(text: str, places: list[tuple[str, str]]) -> None:
    """A mistake is said once, at its line and column."""
    assert _problems(text) == places


def test_all_mistakes_come_at_once() -> None:
    """Mistakes of YAML, of shape and of names are reported together, in the order of the file."""
    text = (
        "project: p\n"
        "timezone: Mars/Olympus\n"
        "project: q\n"
        "rules: {ceiling: {hour: x}, gop: 1m}\n"
        "accounts:\n"
        "  a: {platform: pond, client: nobody, handle: '@a', premum: 1}\n"
        "  b: {platform: pnd, handle: b}\n"
        "groups: {g: [a, zz]}\n"
    )
    assert _problems(text) == [
        ("2:11", "time.zone"),
        ("3:1", "yaml.twice"),
        ("4:25", "config.number"),
        ("4:29", "config.unknown_key"),
        ("6:31", "client.unknown"),
        ("6:47", "config.handle"),
        ("6:53", "config.unknown_key"),
        ("7:17", "platform.unknown"),
        ("8:17", "account.unknown"),
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("project: p\ntimezon: UTC\n", "Did you mean timezone?"),
        ("project: p\nuse: {pnd: a}\n", "Did you mean pond?"),
        ("project: p\ntimezone: paris\n", "Did you mean Europe/Paris?"),
        (HEAD + ONE + "groups: {g: [oen]}\n", "Did you mean one?"),
        (HEAD + "accounts: {a: {platform: pond, handle: '@ada'}}", "Write ada."),
    ],
)
def test_the_nearest_name_is_offered(text: str, hint: str) -> None:
    """A word that is almost right comes with the one that is."""
    with pytest.raises(Mistakes) as caught:
        _config(text)
    assert caught.value.problems[0].hint == hint


TOKEN = "AAAAaaaa1111BBBBbbbb2222CCCCcccc3333"


@pytest.mark.parametrize(
    "line",
    [
        f"token: {TOKEN}",
        "access_token: x",
        "client_secret: shhh",
        "password: 12345",
        "api_key: k",
        f"app: Bearer {TOKEN}",
        f"app: {TOKEN}",
        f"{TOKEN}: x",
        "app: 0123456789abcdef0123456789abcdef",
        f"rules: {{banned: [{TOKEN}]}}",
        f"communities: {{wall: {{{TOKEN}: x}}}}",
    ],
)
def test_a_secret_is_refused_and_not_repeated(line: str) -> None:
    """A value or key that looks like a secret names the command that stores it, never itself."""
    text = f"project: p\naccounts:\n  one:\n    platform: pond\n    handle: a\n    {line}\n"
    with pytest.raises(Mistakes) as caught:
        _config(text)
    (problem,) = caught.value.problems
    assert problem.code == "config.secret"
    assert (problem.where or "").startswith("accounts.yaml:6:")
    assert "microcom login one --token" in (problem.hint or "")
    for secret in (TOKEN, "shhh", "12345", "0123456789abcdef"):
        assert secret not in str(caught.value.problems)


def test_an_apps_id_is_no_secret() -> None:
    """The id a platform gave an app looks random and may stand there."""
    text = f"project: p\napps: {{a: {{platform: pond, client_id: {TOKEN}}}}}\n"
    assert _config(text).apps["a"].client_id == TOKEN


def _folder(tmp_path: Path, **texts: str) -> list[Path]:
    files = [tmp_path / f"{name}.yaml" for name in texts]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_text(text)
    return files


def test_the_files_of_a_folder_are_one(tmp_path: Path) -> None:
    """Blocks in several files join by name, and the config knows every file."""
    files = _folder(
        tmp_path,
        a="microcom: 1\nproject: p\naccounts: {one: {platform: pond, handle: a, client: c}}\n",
        b="microcom: 1\nclients: {c: {}}\naccounts: {two: {platform: pond, handle: b}}\n",
    )
    config = load(files, REGISTRY)
    assert list(config.accounts) == ["one", "two"]
    assert config.files == tuple(str(file) for file in files)
    assert len(config.digest) == 64


def test_a_name_in_two_files_names_both_places(tmp_path: Path) -> None:
    """The same account or single key in two files is a mistake that shows both."""
    first, second = _folder(
        tmp_path,
        a="project: p\naccounts:\n  one: {platform: pond, handle: a}\n",
        b="project: q\naccounts:\n\n  one: {platform: pond, handle: b}\n",
    )
    with pytest.raises(Mistakes) as caught:
        load([first, second], REGISTRY)
    assert [(problem.where, problem.code) for problem in caught.value.problems] == [
        (f"{second}:1:1", "config.twice"),
        (f"{second}:4:3", "config.twice"),
    ]
    assert f"{first}:3:3" in caught.value.problems[1].message


def test_broken_files_of_a_folder_are_named_together(tmp_path: Path) -> None:
    """A file that is no YAML does not hide the next one that is none."""
    files = _folder(tmp_path, a="project: [\n", b="\tx: 1\n")
    with pytest.raises(Mistakes) as caught:
        load(files, REGISTRY)
    assert [problem.code for problem in caught.value.problems] == ["yaml.bracket", "yaml.tab"]


KEYS = st.sampled_from(
    [
        *("project", "timezone", "rules", "platforms", "apps", "use", "clients", "accounts"),
        *("groups", "platform", "handle", "client", "app", "default", "communities", "ceiling"),
        *("hour", "missed", "do", "banned", "targets", "across_clients", "client_id", "premium"),
        *("a", "A b", "wall", "1"),
    ]
)
LEAVES = st.sampled_from([None, "", "a", "pond", "cove", "x y", "@a", "1", "true", "UTC", "2h", 7])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
ENTRIES = st.dictionaries(st.sampled_from(["a", "b", "A b"]), TREES, max_size=3)


@given(
    st.dictionaries(KEYS, TREES, max_size=6),
    st.fixed_dictionaries(
        {}, optional={"accounts": ENTRIES, "groups": ENTRIES, "clients": ENTRIES}
    ),
)
def test_any_tree_is_a_config_or_mistakes(
    tree: dict[str, JsonValue], more: dict[str, JsonValue]
) -> None:
    """Whatever stands where, the answer is a config or mistakes with places, never a traceback."""
    problems = _mistakes(json.dumps({**tree, **more}))
    assert all(problem.where for problem in problems)
    assert len(set(problems)) == len(problems)


def _mistakes(text: str) -> tuple[Problem, ...]:
    try:
        _config(text)
    except Mistakes as mistakes:
        return mistakes.problems
    return ()
