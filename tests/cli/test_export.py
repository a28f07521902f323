"""Exporting a queue, and restoring it elsewhere."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.house import move_away, queue_of

from microcom.store.dump import KEYS, shape

if TYPE_CHECKING:
    from tests.cli.house import House
    from tests.postgres import Server


def rows_of(house: House, table: str) -> list[Any]:
    """Return what a table holds."""
    with queue_of(house) as store:
        return store.db.all(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608 - our own


def test_an_export_is_private_and_says_what_is_in_it(rehearsal: House, export: Path) -> None:
    """It is one file of mode 0600; --check says what is in it, and --json too."""
    assert stat.S_IMODE(export.stat().st_mode) == 0o600
    said = rehearsal.run("restore", str(export), "--check")
    assert (said.code, said.out.splitlines()[0]) == (0, f"{export} is whole.")
    assert "1 cancelled, 1 published, 1 queued" in said.out
    data = rehearsal.run("restore", str(export), "--check", "--json").document["data"]
    assert (data["rows"]["delivery"], data["tokens"], data["files"]) == (
        3,
        False,
        ["config/accounts.yaml"],
    )
    assert not list(rehearsal.home.glob(".backup*"))


def test_what_is_restored_is_what_was_exported(
    rehearsal: House, export: Path, elsewhere: Path
) -> None:
    """Rows come back as they were, but for what waits; the accounts file comes along."""
    said = rehearsal.run("restore", str(export))
    assert said.code == 0, said.err
    assert "Nothing is sent before you have had it looked at:" in said.out
    assert (elsewhere / "accounts.yaml").read_text() == (
        export.parent / "accounts.yaml"
    ).read_text()
    said = rehearsal.run("run")
    assert (said.code, "it was restored from an export of" in said.err) == (5, True)
    said = rehearsal.run("store", "adopt", "--all")
    assert (said.code, "1 not due yet go on" in said.out) == (0, True)
    states = [
        (one["id"], one["state"]) for one in rehearsal.run("queue", "list", "--json").deliveries
    ]
    assert sorted(states) == [("1", "published"), ("2", "queued"), ("3", "cancelled")]
    assert rehearsal.run("status").code == 0
    assert rehearsal.run("post", "New", "--to", "acme-x").code == 0
    assert rehearsal.published() == ["Out", "New"]
    log = rehearsal.run("log", "--json").document["data"]["events"]
    assert {"restored", "withheld", "adopted"} <= {one["kind"] for one in log}


def test_a_queue_that_is_not_empty_is_left_alone(rehearsal: House, export: Path) -> None:
    """Restoring over a queue is refused, with what to do, and changes nothing."""
    before = rows_of(rehearsal, "event")
    said = rehearsal.run("restore", str(export))
    assert (said.code, "is not empty, and an export only fills an empty one" in said.err) == (
        2,
        True,
    )
    assert rows_of(rehearsal, "event") == before


def test_dry_runs(rehearsal: House, export: Path, elsewhere: Path) -> None:
    """--dry-run of both says what would happen and writes nothing."""
    said = rehearsal.run("restore", str(export), "--dry-run")
    assert (said.code, said.out.startswith("Nothing was written.")) == (0, True)
    assert list(elsewhere.iterdir()) == [] or not (elsewhere / "sandbox").exists()
    assert rehearsal.run("restore", str(export)).code == 0
    said = rehearsal.run("export", "second.zip", "--dry-run")
    assert (said.code, (elsewhere / "second.zip").exists()) == (0, False)
    assert "1 cancelled, 1 held, 1 published" in said.out


def test_where_an_export_goes(rehearsal: House, export: Path) -> None:
    """An earlier export is replaced; another file, or a folder, is not."""
    assert rehearsal.run("export", str(export)).code == 0
    said = rehearsal.run("export", str(rehearsal.home / "accounts.yaml"))
    assert (said.code, "it is no export" in said.err) == (2, True)
    said = rehearsal.run("export", str(rehearsal.home))
    assert (said.code, "is a folder" in said.err) == (2, True)
    said = rehearsal.run("export", str(rehearsal.home / "none" / "b.zip"))
    assert (said.code, "could not be written" in said.err) == (3, True)
    said = rehearsal.run("export", "x.zip", "--client", "acne")
    assert (said.code, "belongs to a client acne" in said.err) == (2, True)


def test_media_come_along(
    rehearsal: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture that a post holds is in the export, and is kept again where it is restored."""
    from PIL import Image

    picture = rehearsal.home / "cup.png"
    Image.new("RGB", (800, 800), "brown").save(picture)
    said = rehearsal.run(
        "post", "A cup", "--to", "acme-x", "--media", str(picture), "--alt", "a cup", "--at", "+1h"
    )
    assert said.code == 0, said.err
    path = rehearsal.home / "backup.zip"
    assert rehearsal.run("export", str(path), "--json").document["data"]["media"] == 1
    home = move_away(rehearsal, monkeypatch)
    shutil.move(path, home / "backup.zip")
    assert rehearsal.run("restore", "backup.zip").code == 0
    kept = [one for one in home.rglob("media/??/*") if not one.suffix]
    assert [one.read_bytes() for one in kept] == [picture.read_bytes()]
    assert rehearsal.run("store", "adopt", "--all").code == 0
    with queue_of(rehearsal) as store:
        store.db.run("UPDATE delivery SET due_at = due_at - 3600000000, wake_at = 1")
        store.db.run("UPDATE lane SET next_at = 1 WHERE next_at IS NOT NULL")
    assert rehearsal.run("run").code == 0
    assert rehearsal.published() == ["A cup"]
    del tmp_path


def test_one_client(rehearsal: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """--client takes along what belongs to that client, and nothing of anybody else."""
    file = rehearsal.home / "accounts.yaml"
    text = file.read_text().replace("accounts:", "clients: {acme: {}}\naccounts:")
    file.write_text(text.replace("acme-x: {platform: x,", "acme-x: {platform: x, client: acme,"))
    file.write_text(file.read_text().partition("groups:")[0])
    for account in ("acme-x", "lumen-x"):
        rehearsal.run("post", f"Of {account}", "--to", account)
    path = rehearsal.home / "acme.zip"
    assert rehearsal.run("export", str(path), "--client", "acme").code == 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            assert b"lumen" not in archive.read(name), name
    move_away(rehearsal, monkeypatch)
    assert rehearsal.run("restore", str(path)).code == 0
    assert rehearsal.run("store", "adopt").code == 0
    (row,) = rehearsal.run("queue", "list", "--json").deliveries
    assert (row["account"], row["state"]) == ("acme-x", "published")


@pytest.mark.sqlite("both engines take part")
def test_from_one_engine_to_the_other_and_back(
    rehearsal: House,
    export: Path,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A queue goes from SQLite to PostgreSQL and back, every row of it; numbers go on."""
    first = exported(export)
    monkeypatch.setenv("MICROCOM_SANDBOX_DATABASE", server.queue("moved"))
    assert rehearsal.run("restore", str(export)).code == 0
    assert rehearsal.run("store", "adopt", "--all").code == 0
    said = rehearsal.run("post", "On PostgreSQL", "--to", "acme-x", "--json")
    assert (said.code, [one["id"] for one in said.deliveries]) == (0, ["4"]), said.err
    back = tmp_path / "back.zip"
    assert rehearsal.run("export", str(back)).code == 0
    monkeypatch.delenv("MICROCOM_SANDBOX_DATABASE")
    monkeypatch.setenv("MICROCOM_HOME", str(tmp_path / "home"))
    said = rehearsal.run("restore", str(back))
    assert said.code == 0, said.err
    assert rehearsal.run("store", "adopt", "--all").code == 0
    again = tmp_path / "again.zip"
    assert rehearsal.run("export", str(again)).code == 0
    second, third = exported(back), exported(again)
    for table in ("snapshot", "mark", "answer", "part", "planned", "alike", "media", "app"):
        assert all(row in second[table] for row in first[table]), table
        assert second[table] == third[table], table
    assert rehearsal.published() == ["Out", "On PostgreSQL"]


def exported(path: Path) -> dict[str, list[Any]]:
    """Return the rows of each table in an export."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("tables/")]
        return {
            name[len("tables/") : -len(".jsonl")]: [
                json.loads(line) for line in archive.read(name).splitlines()
            ]
            for name in names
        }


def test_the_tables_of_an_export_are_those_of_the_queue(rehearsal: House, export: Path) -> None:
    """Each column of each exported table is one of the queue, and none is forgotten."""
    del export
    with queue_of(rehearsal) as store:
        for table, columns in shape().items():
            store.db.all(f"SELECT {', '.join(one.name for one in columns)} FROM {table}")  # noqa: S608 - our own
            row = store.db.one(f"SELECT * FROM {table} LIMIT 1")  # noqa: S608 - our own
            assert row is None or len(row) == len(columns), table
    assert set(shape()) == set(KEYS)
