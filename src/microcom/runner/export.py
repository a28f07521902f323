"""Writing an export: a whole queue, or a client's part of one, as one private file.

Rows are of one moment and pass through a page at a time, media as they are read; the file has its
name once it is whole and on the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from microcom import __version__
from microcom.core.archive import MANIFEST, SECRETS, Manifest, Member, table
from microcom.core.login import app_entry
from microcom.errors import StoreError, UserError
from microcom.store.dump import KEYS, rows, shape
from microcom.store.witness import count_of
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from microcom.media.kept import MediaStore
    from microcom.runner.slots import Entries
    from microcom.store import Store

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """What is exported: a queue, its media, and the accounts files (name in the export, content).

    ``seal`` closes the secrets of ``vault``; without it none are exported. ``client`` narrows it
    to what belongs to one.
    """

    store: Store
    media: MediaStore
    files: Sequence[tuple[str, bytes]] = ()
    client: str | None = None
    vault: Entries | None = None
    seal: Callable[[bytes], bytes] | None = None


def export(source: Source, path: Path) -> Manifest:
    """Write an export to a file of this user alone, whole or not at all; return its manifest.

    Raises UserError ``export.exists`` where another file would be written over, and StoreError
    ``export.write`` where it cannot be written.
    """
    _refuse_other(path)
    try:
        with _draft(path) as draft, ZipFile(draft, "w", ZIP_DEFLATED, compresslevel=6) as archive:
            return _Writer(source, archive).write()
    except OSError as error:
        message = f"The export {path} could not be written: {error.strerror or error}."
        hint = "Free some space, or name a file in another folder; nothing else was changed."
        raise StoreError(message, code="export.write", hint=hint) from error


def _refuse_other(path: Path) -> None:
    """Let an earlier export be replaced, and nothing else."""
    from microcom.runner.archive import Archive

    if path.is_dir():
        message = f"{path} is a folder."
        raise UserError(message, code="export.exists", hint=f"Name a file: {path}/microcom.zip")
    if not os.path.lexists(path):
        return
    try:
        Archive(path).close()
    except UserError as error:
        message = f"There is a file at {path} already, and it is no export."
        raise UserError(message, code="export.exists", hint="Name another one.") from error


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Yield a new private file beside a path; it takes the path's name once it is whole."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@dataclass(slots=True)
class _Writer:
    """Writes members, and counts and checks what it wrote."""

    source: Source
    archive: ZipFile
    members: dict[str, Member] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def write(self) -> Manifest:
        store, client = self.source.store, self.source.client
        with store.db.reading():
            made, marks = store.db.now(), count_of(store.db)
            for name in KEYS:
                self._add(table(name), self._lines(name))
            media = self._media()
        for sha256 in media:
            self._add(f"media/{sha256}", _blocks(self.source.media.path(sha256)), packed=False)
        for name, content in self.source.files:
            self._add(name, [content])
        if self.source.seal is not None:
            self._add(SECRETS, [self.source.seal(self._secrets())], packed=False)
        manifest = Manifest(
            store=store.standing.store,
            marks=marks,
            made=made,
            schema=store.db.version,
            world=store.world,
            actor=store.events.actor,
            program=__version__,
            client=client,
            columns={name: tuple(one.name for one in shape()[name]) for name in KEYS},
            rows=self.counts,
            members=dict(self.members),
        )
        self._add(MANIFEST, [manifest.to_json().encode()])
        return manifest

    def _add(self, name: str, blocks: Iterable[bytes], *, packed: bool = True) -> None:
        digest, size = hashlib.sha256(), 0
        info = ZipInfo(name)
        info.compress_type = ZIP_DEFLATED if packed else ZIP_STORED
        info.external_attr = 0o600 << 16
        with self.archive.open(info, "w", force_zip64=True) as member:
            for block in blocks:
                digest.update(block)
                size += len(block)
                member.write(block)
        self.members[name] = Member(size, digest.hexdigest())

    def _lines(self, name: str) -> Iterator[bytes]:
        count = 0
        for row in rows(self.source.store.db, name, self.source.client):
            count += 1
            yield json.dumps(list(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self.counts[name] = count

    def _media(self) -> list[str]:
        """Return the media files that deliveries hold and that are still kept."""
        found = rows(self.source.store.db, "media", self.source.client)
        held = dict.fromkeys(str(row[0]) for row in found)
        return [sha256 for sha256 in held if self.source.media.holds(sha256)]

    def _secrets(self) -> bytes:
        """Return the tokens in force and the apps' secrets, of those who are exported."""
        store, vault = self.source.store, self.source.vault
        assert vault is not None  # noqa: S101 - it comes with the seal
        places = {one.name: place for place, one in enumerate(shape()["token"])}
        wanted: dict[str, None] = {}
        for row in rows(store.db, "token", self.source.client):
            wanted[str(row[places["slot"]])] = None
            wanted[app_entry(str(row[places["platform"]]), str(row[places["client_id"]]))] = None
        if self.source.client is None:
            wanted |= dict.fromkeys(store.secrets.names("app "))
        entries = {name: vault.read(name) for name in wanted if name}
        kept = {name: value for name, value in entries.items() if value is not None}
        return json.dumps({"entries": kept}).encode()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
