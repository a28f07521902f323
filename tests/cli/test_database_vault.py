"""The vault of several machines: one database, a home and a key for each of them."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.cli.test_vault import APPS, SECRET

from microcom.cli.closing import closing as closing_commands
from microcom.cli.session import Session
from microcom.core.login import AppKind, Identity, Tokens, token_name
from microcom.runner.clock import SystemClock
from microcom.runner.entry import note_identity
from microcom.store import Store, open_store
from microcom.store.tokens import TokenFacts

if TYPE_CHECKING:
    from pathlib import Path

    from tests import postgres
    from tests.cli.house import House, Said
    from tests.keyrings.file_keyring import FileKeyring

NO_FILE = ("--config", "none.yaml")
"""Without an accounts file `doctor` reaches for no platform."""


class Machines:
    """Two machines that share a queue on a server, each with a home of its own."""

    def __init__(self, house: House, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._house = house
        self._patch = monkeypatch
        monkeypatch.setenv("MICROCOM_DATABASE", address)
        for name in ("one", "two"):
            self.home(name).mkdir()
            (self.home(name) / "accounts.yaml").write_text(APPS)

    def home(self, name: str) -> Path:
        """Return a machine's own folder."""
        return self._house.home / name

    def on(self, name: str, *words: str, typed: str = "") -> Said:
        """Run a command on one of them."""
        self._patch.setenv("MICROCOM_HOME", str(self.home(name)))
        self._patch.chdir(self.home(name))
        self._patch.setattr(sys, "stdin", io.StringIO(typed))
        return self._house.run(*words)

    def share_key(self) -> None:
        """Bring the first machine's key to the second."""
        key = self.home("two") / "vault.key"
        key.write_bytes((self.home("one") / "vault.key").read_bytes())
        key.chmod(0o600)

    def rows(self) -> dict[str, str]:
        """Return the rows of the vault as they stand in the database."""
        with closing(self.queue()) as store:
            return dict(store.db.all("SELECT name, value FROM sealed"))

    def queue(self) -> Store:
        """Return a connection to the queue."""
        return open_store(os.environ["MICROCOM_DATABASE"], "real", SystemClock(), actor="tester")

    def fall_due(self) -> None:
        """Let what is queued be due now."""
        with closing(self.queue()) as store:
            now = store.db.now()
            store.db.run("UPDATE delivery SET due_at = :now, wake_at = :now", now=now)
            store.db.run("UPDATE lane SET next_at = :now", now=now)

    def log_in(self, name: str) -> str:
        """Let the first account be logged in from a machine; return its slot."""
        self.on(name, "check")
        with closing(self.queue()) as store, closing_commands():
            session = Session("test")
            account = session.config.accounts["acme-x"]
            note_identity(store, session.config, account, Identity("u7", "acmecoffee"), timedelta())
            facts = TokenFacts(
                token_name("x", "u7", account.client_id),
                *("x", account.client_id, AppKind.CONFIDENTIAL, 0, "", datetime.now(UTC)),
            )
            ends = datetime.now(UTC) + timedelta(hours=1)
            tokens = Tokens("canary-access-1", "canary-refresh-1", expires=ends)
            with closing(session.http()) as http:
                session.access(store, http).keep(facts, tokens)
            (kept,) = store.tokens.all()
            return kept.slot


@pytest.fixture
def machines(
    house: House,
    ring: FileKeyring,
    server: postgres.Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Machines:
    """Return two machines before one database."""
    del ring
    name = f"vault_{hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]}"
    return Machines(house, server.queue(name), monkeypatch)


def test_two_machines_share_what_one_keeps(machines: Machines) -> None:
    """The first machine makes vault and key; the second one brings the key, and reads the same."""
    said = machines.on("one", "vault", "init", "--database")
    assert (said.code, "Each other machine needs the same key" in said.out) == (0, True)
    assert "MICROCOM_VAULT=database" in (machines.home("one") / "machine.env").read_text()
    assert machines.on("one", "apps", "secret", "x-north", typed=f"{SECRET}\n").code == 0
    said = machines.on("two", "vault", "init", "--database")
    assert (said.code, "made already, under a key that this machine" in said.err) == (2, True)
    assert not (machines.home("two") / "vault.key").exists()
    machines.share_key()
    said = machines.on("two", "vault", "init", "--database", "--json")
    assert (said.code, said.document["data"]["key_made"]) == (0, False)
    assert "postgres@127.0.0.1" in said.document["data"]["where"]
    said = machines.on("two", "vault", "verify")
    assert said.out == "1 of 1 secret in the database vault can be opened.\n"
    data = machines.on("two", "vault", "status", "--json").document["data"]
    assert (data["vault"], data["works"], data["secrets"]) == ("database", True, 1)
    assert data["key"] == str(machines.home("two") / "vault.key")
    assert set(machines.rows()) == {"key check", "app x north"}
    assert SECRET not in str(machines.rows())
    finding = next(
        one
        for one in machines.on("two", "doctor", *NO_FILE, "--json").document["data"]["findings"]
        if one["about"] == "vault"
    )
    assert (finding["level"], "the database vault opens" in finding["what"]) == ("ok", True)


def test_a_machine_whose_key_is_another(machines: Machines) -> None:
    """It says so, sends and parks nothing, and changes nothing for the machine with the key."""
    machines.on("one", "vault", "init", "--database")
    machines.on("one", "apps", "secret", "x-north", typed=f"{SECRET}\n")
    machines.log_in("one")
    before = machines.rows()
    (machines.home("two") / "vault.key").write_bytes(b"o" * 32)
    (machines.home("two") / "vault.key").chmod(0o600)
    (machines.home("two") / "machine.env").write_text("MICROCOM_VAULT=database\n")
    machines.on("one", "post", "Good morning", "--to", "acme-x", "--at", "in 1h")
    machines.fall_due()
    for words, code in (
        (("vault", "init", "--database"), 2),
        (("vault", "status"), 1),
        (("vault", "verify"), 1),
        (("vault", "move", "--to", "keyring"), 2),
        (("apps", "secret", "x-north"), 2),
        (("run",), 2),
    ):
        said = machines.on("two", *words, typed="another\n")
        assert (said.code, words) == (code, words), said.err
        assert "sealed under another key than this machine's" in said.err
        assert str(machines.home("two") / "vault.key") in said.err
    assert machines.rows() == before
    assert machines.on("one", "vault", "verify").code == 0
    assert machines.on("one", "status").code == 0
    (machines.home("two") / "vault.key").unlink()
    said = machines.on("two", "run")
    assert (said.code, "key is not there" in said.err) == (2, True)
    assert "Copy it from a machine that has it" in said.err


def test_a_row_that_was_harmed_parks_its_account_alone(machines: Machines) -> None:
    """A damaged login is its account's matter: it is named, and a person logs in again."""
    machines.on("one", "vault", "init", "--database")
    machines.on("one", "apps", "secret", "x-north", typed=f"{SECRET}\n")
    slot = machines.log_in("one")
    machines.on("one", "post", "Good morning", "--to", "acme-x", "--at", "in 1h")
    machines.fall_due()
    with closing(machines.queue()) as store:
        store.sealed.put(slot, machines.rows()[slot][:-8])
    said = machines.on("one", "vault", "verify")
    assert said.code == 1
    assert "acme-x: In the database vault" in said.err
    assert "log in anew" in said.err
    said = machines.on("one", "run")
    assert said.code == 5
    assert "acme-x is parked" in said.out + said.err
    assert "is cut short or was changed" in said.out + said.err
    assert "canary" not in said.out + said.err
    assert machines.on("one", "status").code == 5


@pytest.mark.parametrize("of", ["keyring", "file"])
def test_secrets_move_into_the_database_and_back(machines: Machines, of: str) -> None:
    """After a move the secrets are in the other vault alone, and the other machine is told."""
    if of == "file":
        machines.on("one", "vault", "init", "--file")
    assert machines.on("one", "apps", "secret", "x-north", typed=f"{SECRET}\n").code == 0
    slot = machines.log_in("one")
    finding = machines.on("one", "doctor", *NO_FILE)
    assert "microcom vault move --to database" in finding.out
    assert machines.on("one", "vault", "init", "--database").code == 0
    said = machines.on("one", "vault", "move", "--to", "database", "--dry-run")
    assert (said.code, set(machines.rows())) == (0, {"key check"})
    said = machines.on("one", "vault", "move", "--to", "database")
    with closing(machines.queue()) as store:
        names = store.secrets.names()
    assert {"app x north", slot} <= set(names)
    assert (said.code, f"{len(names)} secrets are in" in said.out) == (0, True)
    assert set(machines.rows()) == {"key check", *names}
    machines.share_key()
    said = machines.on("two", "vault", "verify")
    assert (said.code, "Set MICROCOM_VAULT=database" in said.err) == (2, True)
    assert machines.on("two", "vault", "init", "--database").code == 0
    assert machines.on("two", "vault", "verify").code == 0
    assert machines.on("one", "vault", "move", "--to", of).code == 0
    assert machines.rows() == {}
    assert machines.on("one", "vault", "verify").code == 0
    said = machines.on("two", "vault", "verify")
    assert (said.code, f"secrets are in the {of} vault" in said.err) == (2, True)


def test_a_database_vault_before_there_is_a_queue(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking makes no queue; init makes it, with the vault in it, and a dry run says what."""
    monkeypatch.setenv("MICROCOM_VAULT", "database")
    said = house.run("vault", "status", "--json")
    assert (said.code, said.document["data"]["works"]) == (1, False)
    said = house.run("vault", "init", "--database", "--dry-run")
    assert (said.code, "would be made" in said.out) == (0, True)
    assert not (house.home / "queue.db").exists()
    assert house.run("vault", "init", "--database").code == 0
    assert house.run("vault", "status").code == 0
    assert house.run("vault", "init", "--database", "--file").code == 2


def test_an_export_brings_logins_into_another_database(
    machines: Machines, server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sealed for the way is sealed anew there, under the key that is there."""
    machines.on("one", "vault", "init", "--database")
    machines.on("one", "apps", "secret", "x-north", typed=f"{SECRET}\n")
    slot = machines.log_in("one")
    before = machines.rows()
    words = ("moving.zip", "--key", str(machines.home("one") / "moving.key"))
    said = machines.on("one", "export", *words, "--with-tokens")
    assert said.code == 0, said.err
    name = hashlib.sha256(str(machines.home("two")).encode()).hexdigest()[:12]
    monkeypatch.setenv("MICROCOM_DATABASE", server.queue(f"moved_{name}"))
    assert machines.on("two", "vault", "init", "--database").code == 0
    (machines.home("one") / "moving.zip").rename(machines.home("two") / "moving.zip")
    said = machines.on("two", "restore", *words)
    assert (said.code, "log in again" in said.out) == (0, False), said.err
    after = machines.rows()
    assert {"key check", "app x north", slot} <= set(after)
    assert all(after[one] != before[one] for one in ("key check", "app x north", slot))
    assert "canary" not in str(after) + said.out + said.err
    assert machines.on("two", "vault", "verify").code == 0
