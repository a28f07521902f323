"""Each example of docs/import.md is what the program does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.intake.columns import COLUMNS
from microcom.intake.table import MAX_CELL, MAX_COLUMNS, MAX_FEED_BYTES, MAX_ROWS
from microcom.media.samples import picture

if TYPE_CHECKING:
    from tests.cli.house import House

TEXT = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
ACCOUNTS = """\
project: shop
accounts:
  acme-x: {platform: x, handle: acme, slots: ["daily 09:00"]}
  acme-pins:
    platform: pinterest
    handle: acme
    communities: {lamps: {board: Lamps}}
"""


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def test_every_feed_is_right(rehearsal: House) -> None:
    """The page's feeds are imported as they stand, the second CSV with the page's mapping."""
    (rehearsal.home / "accounts.yaml").write_text(ACCOUNTS)
    ours, theirs = _blocks("csv")
    picture(rehearsal.home / "lamp.jpg", "A lamp", (600, 900), 20)
    Path("ours.csv").write_text(ours)
    Path("more.jsonl").write_text(_blocks("jsonl")[0])
    Path("theirs.csv").write_bytes(theirs.encode("windows-1252"))
    Path("mapping.yaml").write_text(_blocks("yaml")[0])
    for words, count in (
        (["ours.csv"], 3),
        (["more.jsonl"], 2),
        (["theirs.csv", "--mapping", "mapping.yaml"], 2),
    ):
        said = rehearsal.run("import", *words, "--json")
        assert said.code == 0, said.out
        assert said.document["data"]["counts"] == {"add": count}
    shown = rehearsal.run("queue", "list", "--json").deliveries
    assert {one["post"] for one in shown} >= {"lamp-7", "lamp-10", "l-8"}


def test_every_column_is_named() -> None:
    """The table names each column that there is."""
    table = TEXT.partition("| column | a cell holds |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall("`(.*?)`", row[:80])}
    assert set(COLUMNS) <= named


def test_the_bounds_are_as_stated() -> None:
    """The page states the bounds that are held."""
    assert f"{MAX_FEED_BYTES // 1024**2} MiB, {MAX_ROWS:,} rows, {MAX_COLUMNS:,} columns" in TEXT
    assert f"{MAX_CELL:,} characters" in TEXT
