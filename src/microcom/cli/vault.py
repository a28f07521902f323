"""`microcom vault`: where this machine keeps secrets, and moving them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, DryRun, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.core.exits import Exit
from microcom.core.problem import Problem
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from microcom.vault import Vault

HELP = "Where this machine keeps secrets: the system's keyring, or sealed files."
INIT_HELP = """Make a file vault, for a machine without a keyring: a server, a container.

Each secret becomes a sealed file of its own. The key is made in a file beside the configuration;
keep a copy of it apart from backups of the vault.

Example:

  microcom vault init --file
"""
MOVE_HELP = """Move every secret to another vault, and use that one from now on.

Nothing is deleted where it was before all of it is in the other place and was read there. Safe to
run again. A running worker has to be started anew.

Example:

  microcom vault move --to file
"""
ToFile = Annotated[bool, typer.Option("--file", help="Keep secrets in sealed files.")]
To = Annotated[str, typer.Option("--to", metavar="KIND", help="keyring or file")]
SETTING = "MICROCOM_VAULT"


def register_group(app: typer.Typer, words: Sequence[str]) -> None:
    """Add the command group."""
    del words
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("init", help=INIT_HELP)(init)
    group.command("status")(status)
    group.command("verify")(verify)
    group.command("move", help=MOVE_HELP)(move)
    app.add_typer(group, name="vault")


def init(file: ToFile = False, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Make a file vault."""
    from microcom.vault.key import make_key
    from microcom.vault.sealed_files import SealedFiles

    session = Session("vault init", json=as_json, sandbox=None)
    _real(session)
    if not file:
        hint = "microcom vault init --file makes one of sealed files; a keyring needs no init."
        raise UserError("Say which vault to make.", code="vault.kind", hint=hint)
    places = session.places
    before = _held(session)
    made = False
    if not dry_run:
        if not places.environment.get("MICROCOM_VAULT_KEY_FILE"):
            made = make_key(places.vault_key)
        vault = session.open_vault("file")
        assert isinstance(vault, SealedFiles)  # noqa: S101 - asked for by its kind
        vault.make()
        if before in {None, "file"}:
            _choose(session, "file")

    def shown(screen: Screen) -> None:
        if dry_run:
            screen.say(f"A file vault would be made in {places.vault}.")
            return
        screen.say(f"The file vault is in {places.vault}.")
        if made:
            screen.say(f"Its key is in {places.vault_key}: keep a copy of it somewhere else.")
            screen.say("Without the key the vault is worth nothing, to you and to anybody.")
        if before not in {None, "file"}:
            screen.say(
                f"The secrets are still in the {before} vault: microcom vault move --to file"
            )

    data = {"vault": "file", "where": places.vault, "key": places.vault_key, "key_made": made}
    raise typer.Exit(session.screen.answer(Answer(data, shown)))


def status(sandbox: Sandbox = None, as_json: AsJson = False) -> None:
    """Say where secrets are, and whether they can be written, read and deleted now.

    Example: microcom vault status
    """
    from microcom.vault import probe
    from microcom.vault.key import source

    session = Session("vault status", json=as_json, sandbox=sandbox)
    vault = session.vault
    probe(vault)
    facts = {"vault": vault.name, "where": vault.where}
    if vault.name == "file":
        facts["key"] = source(session.places.environment, session.places.vault_key)
    names = _names(session)
    facts["secrets"] = str(len(names))
    facts["works"] = "yes: a probe was written, read and deleted"

    def shown(screen: Screen) -> None:
        screen.facts(facts)

    data = facts | {"secrets": len(names), "works": True}
    raise typer.Exit(session.screen.answer(Answer(data, shown)))


def verify(sandbox: Sandbox = None, as_json: AsJson = False) -> None:
    """Open every secret and name those that do not open.

    Example: microcom vault verify
    """
    session = Session("vault verify", json=as_json, sandbox=sandbox)
    names = _names(session)
    problems = [problem for name in names for problem in _tried(session.vault, name)]

    def shown(screen: Screen) -> None:
        good = len(names) - len(problems)
        screen.say(f"{good} of {_several(names)} in the {session.vault.name} vault can be opened.")

    code = Exit.NOTHING_SUCCEEDED if problems else Exit.OK
    data = {"vault": session.vault.name, "secrets": len(names), "damaged": len(problems)}
    raise typer.Exit(session.screen.answer(Answer(data, shown, code, problems)))


def move(to: To, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Move every secret to another vault."""
    from microcom.vault import KINDS, probe

    session = Session("vault move", json=as_json, sandbox=None)
    _real(session)
    if to not in KINDS:
        raise UserError(f"There is no vault {to}.", code="vault.unknown", hint=", ".join(KINDS))
    target = session.open_vault(to)
    names, source = _names(session), session.open_vault(_held(session) or "")
    if not dry_run:
        probe(target)
        if source.name != to:
            _copy(source, target, names)
            session.store.secrets.move_to(to)
        _choose(session, to)
        if source.name != to:
            for name in names:
                source.delete(name)

    def shown(screen: Screen) -> None:
        did = "would be moved" if dry_run else ("is" if len(names) == 1 else "are")
        place = "to" if dry_run else "in"
        screen.say(f"{_several(names)} {did} {place} the {to} vault.")

    data = {"from": source.name, "to": to, "secrets": len(names)}
    raise typer.Exit(session.screen.answer(Answer(data, shown)))


def _real(session: Session) -> None:
    if not session.is_real:
        message = "A sandbox has a vault of its own, worth nothing."
        raise UserError(message, code="vault.sandbox", hint="Unset MICROCOM_SANDBOX.")


def _names(session: Session) -> list[str]:
    """Return the names of the secrets that this user's queue knows; none without a queue."""
    try:
        return session.store.secrets.names()
    except UserError as error:
        if error.code != "store.none":
            raise
        return []


def _several(names: Sequence[str]) -> str:
    return "1 secret" if len(names) == 1 else f"{len(names)} secrets"


def _held(session: Session) -> str | None:
    """Return which vault holds the secrets, None before there are any."""
    try:
        return session.store.secrets.vault
    except UserError as error:
        if error.code != "store.none":
            raise
        return None


def _tried(vault: Vault, name: str) -> list[Problem]:
    """Return what is wrong with an entry, in at most one problem."""
    try:
        found = vault.read(name)
    except UserError as error:
        return [Problem(error.code, error.message, error.hint)]
    if found is None:
        message = f"The {vault.name} vault has lost `{name}`."
        return [Problem("vault.lost", message, "Log in anew, or bring the vault back.")]
    return []


def _copy(source: Vault, target: Vault, names: Sequence[str]) -> None:
    """Bring entries to another vault, and read each there; one already moved is left alone."""
    for name in names:
        value = source.read(name)
        if value is None and target.read(name) is not None:
            continue
        if value is None:
            message = f"The {source.name} vault has lost `{name}`; nothing was moved."
            raise UserError(message, code="vault.lost", hint="Log in anew, then move.")
        target.write(name, value)
        if target.read(name) != value:
            message = f"The {target.name} vault did not give back what it was given."
            raise UserError(message, code="vault.lost", hint=f"Look at {target.where}.")


def _choose(session: Session, kind: str) -> None:
    """Write into machine.env which vault this machine uses; keep what else stands there."""
    from microcom.intake.places import MACHINE_FILE, write_private

    path = Path(session.places.config, MACHINE_FILE)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip() != SETTING]
    text = "\n".join([*kept, f"{SETTING}={kind}", ""])
    if text != "\n".join([*lines, ""]):
        write_private(str(path), text.encode())
