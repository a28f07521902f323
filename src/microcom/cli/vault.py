"""`microcom vault`: where this machine keeps secrets, and moving them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.kept import choose, expect_real, held_by, lost, names_of, several, wanted_of
from microcom.cli.options import AsJson, DryRun, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.cli.vault_move import HELP as HELP_OF_MOVE
from microcom.cli.vault_move import move
from microcom.core.exits import Exit
from microcom.core.problem import Problem
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.vault import Vault

HELP = "Where this machine keeps secrets: the system's keyring, sealed files, or the database."
INIT_HELP = """Make a vault for a machine without a keyring (--file), or for several (--database).

Each secret becomes a sealed file, or a sealed row of the queue's own database. The key is made in a
file beside the configuration, unless it comes from elsewhere; one that is there is never written
over. Back up the vault's folder or the database, and keep a copy of the key apart from that backup.

Of machines that share a database one makes the key. Copy it to each of the others, then run the
same command there.

Examples:

  microcom vault init --file

  microcom vault init --database
"""
ToFile = Annotated[bool, typer.Option("--file", help="Keep secrets in sealed files.")]
InDatabase = Annotated[
    bool, typer.Option("--database", help="Keep secrets in sealed rows of the queue's database.")
]


def register_group(app: typer.Typer, words: Sequence[str]) -> None:
    """Add the command group."""
    del words
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("init", help=INIT_HELP)(init)
    group.command("status")(status)
    group.command("verify")(verify)
    group.command("move", help=HELP_OF_MOVE)(move)
    app.add_typer(group, name="vault")


def init(
    file: ToFile = False,
    database: InDatabase = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make a vault under a key."""
    from microcom.vault.key import source

    session = Session("vault init", json=as_json, sandbox=None)
    expect_real(session)
    if file is database:
        hint = "microcom vault init --file makes one of sealed files, --database one of sealed "
        hint += "rows for several machines; a keyring needs no init."
        raise UserError("Say which vault to make.", code="vault.kind", hint=hint)
    kind = "file" if file else "database"
    places = session.places
    before = held_by(session)
    made = False
    if not dry_run:
        made = _made(session, kind)
        if before in {None, kind}:
            choose(session, kind)
    where = session.open_vault(kind).where
    key = source(places.environment, places.vault_key)

    def shown(screen: Screen) -> None:
        if dry_run:
            screen.say(f"A {kind} vault would be made in {where}, under the key of {key}.")
            return
        screen.say(f"The {kind} vault is in {where}, under the key of {key}.")
        shared = kind == "database" and places.database is not None
        for line in _advice(kind, made=made, shared=shared):
            screen.say(line)
        if before not in {None, kind}:
            screen.say(
                f"The secrets are still in the {before} vault: microcom vault move --to {kind}"
            )

    data = {"vault": kind, "where": where, "key": key, "key_made": made}
    raise typer.Exit(session.screen.answer(Answer(data, shown)))


def _made(session: Session, kind: str) -> bool:
    """Make a vault, and its key if there is none; say whether the key is new."""
    from microcom.vault.key import make_key, place
    from microcom.vault.sealed_files import SealedFiles
    from microcom.vault.sealed_rows import SealedRows

    vault = session.open_vault(kind)
    assert isinstance(vault, SealedFiles | SealedRows)  # noqa: S101 - asked for by its kind
    own = place(session.places.environment, session.places.vault_key)
    if isinstance(vault, SealedRows):
        _ = session.new_store
        if own is not None and not Path(own).exists() and vault.is_made():
            message = f"The database vault ({vault.where}) is made already, under a key that this "
            message += f"machine does not have: {own}."
            hint = "Copy it there from a machine that has it, with mode 0600; then run this again."
            raise UserError(message, code="vault.key", hint=hint)
    made = own is not None and make_key(own)
    vault.make()
    return made


def _advice(kind: str, *, made: bool, shared: bool) -> list[str]:
    """Return what a person does after a vault was made."""
    lines = []
    if made:
        lines += ["That key is new: keep a copy of it somewhere else."]
        lines += ["Without the key the vault is worth nothing, to you and to anybody."]
    if shared:
        lines += ["Each other machine needs the same key, in a file of mode 0600: copy it there,"]
        lines += ["then there too: microcom vault init --database"]
    what = {"file": "the vault's folder", "database": "the database"}[kind]
    return [*lines, f"Back up {what}, and never the key together with it."]


def status(sandbox: Sandbox = None, as_json: AsJson = False) -> None:
    """Say where secrets are, and whether they can be written, read and deleted now.

    Example: microcom vault status
    """
    from microcom.vault.key import source

    session = Session("vault status", json=as_json, sandbox=sandbox)
    vault = session.vault
    problems = _works(vault)
    facts = {"vault": vault.name, "where": vault.where}
    if vault.name in {"file", "database"}:
        facts["key"] = source(session.places.environment, session.places.vault_key)
    names = names_of(session)
    facts["secrets"] = str(len(names))
    facts["works"] = "no" if problems else "yes: a probe was written, read and deleted"

    def shown(screen: Screen) -> None:
        screen.facts(facts)

    code = Exit.NOTHING_SUCCEEDED if problems else Exit.OK
    data = facts | {"secrets": len(names), "works": not problems}
    raise typer.Exit(session.screen.answer(Answer(data, shown, code, problems)))


def verify(sandbox: Sandbox = None, as_json: AsJson = False) -> None:
    """Open every secret and name those that do not open.

    Example: microcom vault verify
    """
    session = Session("vault verify", json=as_json, sandbox=sandbox)
    names = names_of(session)
    wanted = wanted_of(session)
    whose = _whose(session) if names else {}
    problems = [
        _of_account(problem, whose.get(name, []))
        for name in names
        for problem in _tried(session.vault, name, wanted)
    ]

    def shown(screen: Screen) -> None:
        good = len(names) - len(problems)
        screen.say(f"{good} of {several(names)} in the {session.vault.name} vault can be opened.")

    code = Exit.NOTHING_SUCCEEDED if problems else Exit.OK
    data = {"vault": session.vault.name, "secrets": len(names), "damaged": len(problems)}
    raise typer.Exit(session.screen.answer(Answer(data, shown, code, problems)))


def _whose(session: Session) -> dict[str, list[str]]:
    """Return the accounts that each slot in force lets in."""
    known = session.store.accounts.all()
    return {
        facts.slot: [one.account.name for one in known if facts.is_of(one)]
        for facts in session.store.tokens.all()
    }


def _of_account(problem: Problem, accounts: Sequence[str]) -> Problem:
    """Return what is wrong with an entry with the accounts that cannot be let in for it."""
    if not accounts:
        return problem
    message = f"{', '.join(accounts)}: {problem.message}"
    return Problem(problem.code, message, problem.hint)


def _works(vault: Vault) -> list[Problem]:
    """Return why a vault cannot be written, read and deleted from, in at most one problem."""
    from microcom.vault import probe

    try:
        probe(vault)
    except UserError as error:
        return [Problem(error.code, error.message, error.hint)]
    return []


def _tried(vault: Vault, name: str, wanted: set[str]) -> list[Problem]:
    """Return what is wrong with an entry, in at most one problem."""
    try:
        found = vault.read(name)
    except UserError as error:
        return [Problem(error.code, error.message, error.hint)]
    if found is None and name in wanted:
        gone = lost(vault, name)
        return [Problem(gone.code, gone.message, gone.hint)]
    return []
