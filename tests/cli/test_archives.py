"""Archives that are not what they seem, and those of an older microcom."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from microcom.core.archive import MANIFEST
from microcom.store.dump import shape

if TYPE_CHECKING:
    from tests.cli.house import House

Change = Callable[[dict[str, bytes], dict[str, Any]], None]


def rewritten(source: Path, path: Path, change: Change) -> Path:
    """Write an export anew after a change of its members (bytes) and its manifest (JSON)."""
    with zipfile.ZipFile(source) as old:
        members = {name: old.read(name) for name in old.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    change(members, manifest)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
        new.writestr(MANIFEST, json.dumps(manifest))
    return path


def sealed_again(members: dict[str, bytes], manifest: dict[str, Any], name: str) -> None:
    """Let the manifest vouch for a member as it is now."""
    from hashlib import sha256

    manifest["members"][name] = {
        "bytes": len(members[name]),
        "sha256": sha256(members[name]).hexdigest(),
    }


def tampered(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Change what is said, and nothing else."""
    del manifest
    members["tables/delivery.jsonl"] = members["tables/delivery.jsonl"].replace(b"Later", b"Sooner")
    members["tables/event.jsonl"] = members["tables/event.jsonl"][::-1]


def traversal(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Add a file that would be written outside."""
    members["config/../../evil.yaml"] = b"evil"
    sealed_again(members, manifest, "config/../../evil.yaml")


def bomb(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Let a table grow a thousandfold."""
    members["tables/event.jsonl"] = b"[" + b" " * (64 << 20)
    sealed_again(members, manifest, "tables/event.jsonl")


def deep(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Let a row be nested without end."""
    members["tables/event.jsonl"] = b"[" * 100_000 + b"\n"
    sealed_again(members, manifest, "tables/event.jsonl")


def odd_row(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Put a text where a number belongs."""
    members["tables/part.jsonl"] = b'["lane", "1", "not a number", "post:0", 1]\n'
    sealed_again(members, manifest, "tables/part.jsonl")


def odd_column(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Name a column that would be a statement."""
    del members
    manifest["columns"]["part"][0] = "lane) SELECT 1 --"


def odd_table(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Add a table that is not exported."""
    members["tables/meta.jsonl"] = b'["store", "x"]\n'
    manifest["columns"]["meta"] = ["name", "value"]
    manifest["rows"]["meta"] = 1
    sealed_again(members, manifest, "tables/meta.jsonl")


def odd_state(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Let a delivery be in no state."""
    name = "tables/delivery.jsonl"
    members[name] = members[name].replace(b'"queued"', b'"sent"')
    sealed_again(members, manifest, name)


def newer_format(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Be of a format of the future."""
    del members
    manifest["microcom_export"] = 99


def newer_schema(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Be of a schema of the future."""
    del members
    manifest["schema"] = 99


def fewer(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Leave a table out."""
    del members["tables/mark.jsonl"]
    del manifest


def no_manifest_of_ours(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
    """Say nothing."""
    del members
    manifest.clear()


BAD: dict[Change, str] = {
    tampered: "is damaged",
    traversal: "which no export has",
    bomb: "packed in a way that no export is",
    deep: "is damaged",
    odd_row: "holds what does not belong there",
    odd_column: "that there is not",
    odd_table: "that there is not",
    odd_state: "in a state that there is not",
    newer_format: "was exported by a newer microcom (format 99)",
    newer_schema: "was exported by a newer microcom (schema 99)",
    fewer: "does not hold what its manifest says",
    no_manifest_of_ours: "is no export of microcom",
}


@pytest.mark.parametrize("change", BAD)
def test_a_bad_archive(
    rehearsal: House,
    export: Path,
    elsewhere: Path,
    change: Change,
) -> None:
    """It is refused in one clear sentence, by --check and without, and nothing is written."""
    bad = rewritten(export, elsewhere / "bad.zip", change)
    for more in (["--check"], []):
        said = rehearsal.run("restore", str(bad), *more)
        assert (said.code, said.out) == (2, ""), said.err
        assert BAD[change] in said.err
    assert [one.name for one in elsewhere.iterdir()] == ["bad.zip"]
    assert not (elsewhere.parent / "evil.yaml").exists()


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_archive(rehearsal: House, export: Path, elsewhere: Path, kept: float) -> None:
    """A file whose end is missing is no export."""
    content = export.read_bytes()
    bad = elsewhere / "bad.zip"
    bad.write_bytes(content[: int(len(content) * kept)])
    said = rehearsal.run("restore", str(bad))
    assert (said.code, "is no export of microcom, or its end is missing" in said.err) == (2, True)


def test_every_changed_byte_is_found(rehearsal: House, export: Path, elsewhere: Path) -> None:
    """Whatever byte of an export is changed, it is refused or still says the same."""
    content = bytearray(export.read_bytes())
    bad = elsewhere / "bad.zip"
    whole = rehearsal.run("restore", str(export), "--check", "--json").document["data"]
    for place in range(0, len(content), max(1, len(content) // 150)):
        changed = (
            bytes(content[:place]) + bytes([content[place] ^ 0x55]) + bytes(content[place + 1 :])
        )
        bad.write_bytes(changed)
        said = rehearsal.run("restore", str(bad), "--check", "--json")
        assert said.code in {0, 2}, (place, said.err)
        if said.code == 0:
            assert said.document["data"] | {"file": whole["file"]} == whole


def test_a_foreign_file(rehearsal: House, export: Path, elsewhere: Path) -> None:
    """A zip of something else, a text, a folder and nothing at all are said for what they are."""
    with zipfile.ZipFile(elsewhere / "other.zip", "w") as other:
        other.writestr("hello.txt", "hello")
    (elsewhere / "text").write_text("hello")
    for name in ("other.zip", "text"):
        said = rehearsal.run("restore", str(elsewhere / name))
        assert (said.code, "is no export of microcom" in said.err) == (2, True)
    for name in (".", "nothing"):
        said = rehearsal.run("restore", str(elsewhere / name))
        assert (said.code, "cannot be read" in said.err) == (2, True)
    assert export.exists()


# --- archives of an older microcom ----------------------------------------------------------------


def of_schema(version: int) -> Change:
    """Return what makes of an export one that an earlier version of the schema would have given."""

    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        manifest["schema"] = version
        known = shape(version)
        for table, columns in tuple(manifest["columns"].items()):
            name = f"tables/{table}.jsonl"
            if table not in known:
                for said in ("columns", "rows"):
                    del manifest[said][table]
                del manifest["members"][name], members[name]
                continue
            there = {column.name for column in known[table]}
            places = [place for place, column in enumerate(columns) if column in there]
            rows = [json.loads(line) for line in members[name].splitlines()]
            lines = [json.dumps([row[place] for place in places]) + "\n" for row in rows]
            members[name] = "".join(lines).encode()
            manifest["columns"][table] = [columns[place] for place in places]
            sealed_again(members, manifest, name)

    return change


@pytest.mark.parametrize("version", [1, 6, 11])
def test_an_export_of_an_older_schema(
    rehearsal: House, export: Path, elsewhere: Path, version: int
) -> None:
    """It is restored as if its queue had been brought up first, and goes on where it was."""
    old = rewritten(export, elsewhere / "old.zip", of_schema(version))
    said = rehearsal.run("restore", str(old))
    assert said.code == 0, said.err
    said = rehearsal.run("store", "adopt", "--all")
    assert (said.code, "1 not due yet go on" in said.out) == (0, True), said.err
    states = [
        (one["id"], one["state"]) for one in rehearsal.run("queue", "list", "--json").deliveries
    ]
    assert sorted(states) == [("1", "published"), ("2", "queued"), ("3", "cancelled")]
    assert rehearsal.run("post", "New", "--to", "acme-x").code == 0
    assert rehearsal.published() == ["Out", "New"]
