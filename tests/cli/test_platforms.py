from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.platforms import load, names

if TYPE_CHECKING:
    from tests.cli.house import House


def test_the_list(house: House) -> None:
    """Every platform is listed with its limits and prices; no accounts file is needed."""
    (house.home / "accounts.yaml").unlink()
    said = house.run("platforms", "list")
    assert said.code == 0
    head, *rows = [line.split() for line in said.out.splitlines()]
    assert head[:2] == ["PLATFORM", "COMMUNITY"]
    first = ["x", "timeline", "280", "weighted", "25", "parts", "4", "pictures,", "1", "GIF,"]
    assert first in [row[:10] for row in rows]


def test_one_in_full(house: House) -> None:
    """Show says what a platform takes and costs, by when, and where that is from."""
    said = house.run("platforms", "show", "x")
    assert said.code == 0
    for fact in ("280", "25000", "2026-04-20", "docs.x.com", "premium", "tweet.write"):
        assert fact in said.out


def test_the_json_document(house: House) -> None:
    """--json has the same facts as values; its keys are pinned."""
    rows = house.run("platforms", "list", "--json").document["data"]["platforms"]
    assert [row["name"] for row in rows] == list(names())
    (row,) = house.run("platforms", "show", "x", "--json").document["data"]["platforms"]
    assert set(row) == {
        *("name", "communities", "login"),
        *("options", "app_options", "community_options", "post_options"),
    }
    facts = row["communities"]["timeline"]
    assert set(facts) == {
        "text", "thread", "max_hashtags", "max_cashtags", "ceiling", "price", "proof", "source",
        "takes_text", "title_limit", "link_limit", "labels", "media", "sameness",
    }  # fmt: skip
    assert facts["text"] == {"limit": 280, "counting": "weighted", "long_limit": 25_000}
    assert facts["price"] == {
        "post_usd": "0.015",
        "post_with_link_usd": "0.200",
        "as_of": "2026-04-20",
    }
    assert row["login"]["scopes"] == list(load("x").login.scopes)


def test_an_unknown_platform(house: House) -> None:
    """An unknown name lists those there are, and exits with 2."""
    said = house.run("platforms", "show", "xx")
    assert said.code == 2
    assert "no platform called xx" in said.err
