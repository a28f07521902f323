"""Which entries the vault holds: their names alone, and which vault it is.

A keyring cannot be asked what it holds, so every entry's name is noted here before it is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.errors import UserError

if TYPE_CHECKING:
    from microcom.store.database import Database


class Secrets:
    """The names of what the vault of this queue holds."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def names(self, prefix: str = "") -> list[str]:
        """Return the name of every entry that begins so, in order."""
        rows = self._db.all(
            """SELECT name FROM secret
               WHERE substr(name, 1, CAST(:length AS INTEGER)) = :prefix ORDER BY name""",
            prefix=prefix,
            length=len(prefix),
        )
        return [str(row[0]) for row in rows]

    def note(self, name: str, vault: str) -> None:
        """Note an entry that is about to be written to the vault of that kind.

        One that is noted already was begun in it, and is brought along by whoever moves. Raises
        UserError ``vault.moved`` when this queue's secrets are in another one.
        """
        with self._db.transaction():
            if self._db.value("SELECT 1 FROM secret WHERE name = :name", name=name) is not None:
                return
            self.expect(vault)
            self._db.run(
                "INSERT INTO secret (name) VALUES (:name) ON CONFLICT DO NOTHING", name=name
            )
            if self.vault is None:
                self.move_to(vault)

    def drop(self, name: str) -> None:
        """Note that an entry is gone."""
        self._db.run("DELETE FROM secret WHERE name = :name", name=name)

    @property
    def vault(self) -> str | None:
        """Return the kind of vault that holds the entries, None before there are any."""
        value = self._db.value("SELECT value FROM meta WHERE name = 'vault'")
        return None if value is None else str(value)

    def move_to(self, vault: str) -> None:
        """Note which kind of vault holds the entries from now on."""
        self._db.run(
            """INSERT INTO meta (name, value) VALUES ('vault', :vault)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value""",
            vault=vault,
        )

    def expect(self, vault: str) -> None:
        """Raise UserError ``vault.moved`` unless the entries are in that kind of vault."""
        holds = self.vault
        if holds in {None, vault}:
            return
        message = f"This queue's secrets are in the {holds} vault, and this process uses {vault}."
        hint = f"Set MICROCOM_VAULT={holds} (a running worker: start it again), or move them: "
        hint += f"microcom vault move --to {vault}"
        raise UserError(message, code="vault.moved", hint=hint)
