"""Filling an empty queue from an export; it has no right to send before it is adopted."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.core.archive import damaged
from microcom.errors import MicrocomError, StoreError, UserError
from microcom.runner.ownership import entry, owner_of
from microcom.store.dump import bring_up, is_empty, load, settle
from microcom.store.times import moment
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from microcom.core.steps import JsonValue
    from microcom.media.kept import MediaStore
    from microcom.runner.archive import Archive
    from microcom.runner.slots import Entries
    from microcom.store import Store

SPARE = 100 << 20
"""Bytes that have to stay free."""
LAST = ("secret", "token")
"""Tables of which only those rows are taken whose entries the vault of this machine holds."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: how many media files and secrets, and whose tokens are not here."""

    media: int
    secrets: int
    logged_out: tuple[str, ...]


def expect_fitting(archive: Archive, store: Store, folder: str) -> None:
    """Raise UserError or StoreError where an export cannot be restored to a queue."""
    manifest = archive.manifest
    if manifest.world != store.world:
        message = f"This export is of {manifest.world}, and this queue of {store.world}."
        hint = "Set MICROCOM_SANDBOX as it was when it was made; unset is the real world."
        raise UserError(message, code="restore.world", hint=hint)
    if not is_empty(store.db):
        message = f"The queue {store.db.path} is not empty, and an export only fills an empty one."
        hint = "Keep it and move it away, or set MICROCOM_HOME to another folder."
        raise UserError(message, code="restore.not_empty", hint=hint)
    place = Path(folder)
    while not place.exists():
        place = place.parent
    if shutil.disk_usage(place).free < archive.size() + SPARE:
        message = f"{archive.size() >> 20} MiB are to be restored to {place}, which has less room."
        raise StoreError(message, code="restore.room", hint="Free some space; nothing was written.")


def restore(
    archive: Archive,
    store: Store,
    media: MediaStore,
    vault: Callable[[], Entries],
    entries: dict[str, str],
) -> Restored:
    """Fill an empty queue, all or nothing; return what was done.

    ``entries`` are secrets that came with it, for the vault. Raises UserError ``archive.damaged``
    where the export is not whole: only files of media may have been kept then.
    """
    manifest = archive.manifest
    for sha256 in manifest.media():
        media.take(archive.blocks(f"media/{sha256}"), sha256)
    held = _Held(archive, vault, entries)
    with store.db.transaction():
        if not is_empty(store.db):
            message = "Somebody else has just written to this queue."
            raise StoreError(message, code="restore.not_empty", hint="Run it again.")
        for name, columns in manifest.columns.items():
            if name not in LAST:
                load(store.db, name, columns, archive.rows(name))
        if "token" in manifest.columns:  # an older microcom kept none
            load(store.db, "token", manifest.columns["token"], held.tokens())
        for name in held.names():
            store.secrets.note(name, held.vault_name)
        bring_up(store.db, manifest.schema)
        settle(store.db)
        store.standing.disown(
            _reason(manifest.made), store.standing.store, as_of=moment(manifest.made)
        )
        store.events.append("restored", store=manifest.store, rows=dict(manifest.rows))
    return Restored(len(manifest.media()), len(held.names()), held.logged_out())


def secrets_of(archive: Archive, clear: bytes) -> dict[str, str]:
    """Return the secrets of an export that were opened."""
    try:
        said: JsonValue = json.loads(clear)
        return {str(name): str(value) for name, value in said["entries"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(archive.path, "its secrets cannot be read") from error


def _reason(made: int) -> str:
    when = datetime.fromtimestamp(made / 1_000_000, UTC)
    return f"this queue may not send: it was restored from an export of {when:%Y-%m-%d %H:%M} UTC"


class _Held:
    """Which of the secrets that an export tells of the vault of this machine holds."""

    def __init__(
        self, archive: Archive, vault: Callable[[], Entries], entries: dict[str, str]
    ) -> None:
        self._archive = archive
        self._found: dict[str, bool] = {}
        self._entries = entries
        self._open = vault
        self._vault: Entries | None = None

    @property
    def vault_name(self) -> str:
        """Return which kind of vault it is."""
        return self._known().name

    def tokens(self) -> Iterator[list[JsonValue]]:
        """Yield the rows of logins whose tokens are there."""
        return (row for row, held in self._logins() if held)

    def logged_out(self) -> tuple[str, ...]:
        """Return the logins whose tokens are not there."""
        return tuple(str(row[self._place("name")]) for row, held in self._logins() if not held)

    def names(self) -> list[str]:
        """Return the names of the entries that are there."""
        noted = [str(row[0]) for row in self._rows("secret")]
        slots = [str(row[self._place("slot")]) for row in self.tokens()]
        return [name for name in dict.fromkeys([*noted, *slots, *self._entries]) if self._is(name)]

    def _logins(self) -> Iterator[tuple[list[JsonValue], bool]]:
        if "token" not in self._archive.manifest.columns:
            return iter(())
        slot, name = self._place("slot"), self._place("name")
        return (
            (row, self._is(str(row[slot])) or self._is_renewed(str(row[name])))
            for row in self._rows("token")
            if row[slot]
        )

    def _is_renewed(self, login: str) -> bool:
        """Say whether the vault has a newer pair of a login, of the queue that owns it now."""
        try:
            owner = owner_of(self._known().read(entry(login)))
        except MicrocomError:
            return False
        return owner is not None and self._is(owner.slot)

    def _is(self, name: str) -> bool:
        """Say whether the vault has an entry, now at least, if the export has brought it."""
        if name not in self._found:
            self._found[name] = self._brought(name)
        return self._found[name]

    def _brought(self, name: str) -> bool:
        if name in self._entries:
            vault = self._known()
            if vault.read(name) is None:
                vault.write(name, self._entries[name])
            return True
        try:
            return self._known().read(name) is not None
        except MicrocomError:
            return False  # a vault that does not open holds nothing for us: log in anew

    def _known(self) -> Entries:
        if self._vault is None:
            self._vault = self._open()
        return self._vault

    def _rows(self, table: str) -> Iterator[list[JsonValue]]:
        return self._archive.rows(table) if table in self._archive.manifest.columns else iter(())

    def _place(self, column: str) -> int:
        return self._archive.manifest.columns["token"].index(column)
