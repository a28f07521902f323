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

    from microcom.store.tokens import TokenFacts
    from microcom.vault import Vault

HELP = "Where this machine keeps secrets: the system's keyring, or sealed files."
INIT_HELP = """Make a file vault, for a machine without a keyring: a server, a container.

Each secret becomes a sealed file of its own. The key is made in a file beside the configuration,
unless it comes from elsewhere; one that is there is never written over. Back up the vault's folder,
and keep a copy of the key apart from that backup.

Example:

  microcom vault init --file
"""
MOVE_HELP = """Move every secret to another vault, and use that one from now on.

Nothing is deleted where it was before all of it is in the other place and was read there. Safe to
run again, whatever it was interrupted in. A running worker has to be started anew.

Example:

  microcom vault move --to file
"""
ToFile = Annotated[bool, typer.Option("--file", help="Keep secrets in sealed files.")]
To = Annotated[str, typer.Option("--to", metavar="KIND", help="keyring or file")]
SETTING = "MICROCOM_VAULT"
NAP = 0.2
"""Seconds between two looks at whether a renewal is over."""


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
    from microcom.vault.key import make_key, place, source
    from microcom.vault.sealed_files import SealedFiles

    session = Session("vault init", json=as_json, sandbox=None)
    _real(session)
    if not file:
        hint = "microcom vault init --file makes one of sealed files; a keyring needs no init."
        raise UserError("Say which vault to make.", code="vault.kind", hint=hint)
    places = session.places
    before = _held(session)
    own = place(places.environment, places.vault_key)
    key = source(places.environment, places.vault_key)
    made = False
    if not dry_run:
        made = own is not None and make_key(own)
        vault = session.open_vault("file")
        assert isinstance(vault, SealedFiles)  # noqa: S101 - asked for by its kind
        vault.make()
        if before in {None, "file"}:
            _choose(session, "file")

    def shown(screen: Screen) -> None:
        if dry_run:
            screen.say(f"A file vault would be made in {places.vault}, under the key of {key}.")
            return
        screen.say(f"The file vault is in {places.vault}, under the key of {key}.")
        if made:
            screen.say("That key is new: keep a copy of it somewhere else.")
            screen.say("Without the key the vault is worth nothing, to you and to anybody.")
        screen.say("Back up the vault's folder, and never the key together with it.")
        if before not in {None, "file"}:
            screen.say(
                f"The secrets are still in the {before} vault: microcom vault move --to file"
            )

    data = {"vault": "file", "where": places.vault, "key": key, "key_made": made}
    raise typer.Exit(session.screen.answer(Answer(data, shown)))


def status(sandbox: Sandbox = None, as_json: AsJson = False) -> None:
    """Say where secrets are, and whether they can be written, read and deleted now.

    Example: microcom vault status
    """
    from microcom.vault.key import source

    session = Session("vault status", json=as_json, sandbox=sandbox)
    vault = session.vault
    problems = _works(vault)
    facts = {"vault": vault.name, "where": vault.where}
    if vault.name == "file":
        facts["key"] = source(session.places.environment, session.places.vault_key)
    names = _names(session)
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
    names = _names(session)
    wanted = _wanted(session)
    problems = [problem for name in names for problem in _tried(session.vault, name, wanted)]

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
        raise UserError(
            f"There is no vault {to}.", code="vault.unknown", hint="Choose keyring or file."
        )
    target = session.open_vault(to)
    source = session.open_vault("keyring" if to == "file" else "file")
    names, there = _names(session), _held(session) in {None, to}
    if dry_run:
        _look(target)
    else:
        probe(target)
        if not there:
            _bring(session, source, target)
        _choose(session, to)
        try:
            _clear(session, source, target)
        except UserError as error:
            if not there:
                raise
            if error.code != "vault.none":
                what = f"What an earlier move may have left in the {source.name} vault stays"
                session.screen.note(f"{what}: {error.message} {error.hint or ''}".rstrip())

    def shown(screen: Screen) -> None:
        did = "would be moved" if dry_run else ("is" if len(names) == 1 else "are")
        place = "to" if dry_run else "in"
        screen.say(f"{_several(names)} {did} {place} the {to} vault.")

    data = {"from": to if there else source.name, "to": to, "secrets": len(names)}
    raise typer.Exit(session.screen.answer(Answer(data, shown)))


def _look(vault: Vault) -> None:
    """Raise UserError where a vault does not open; write nothing."""
    vault.read("probe")
    if vault.name == "file":
        vault.seal(b"")  # asks for the key, also before there is a folder


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


def _wanted(session: Session) -> set[str]:
    """Return the names of the entries that must be there; others a killed process may have noted.

    Of tokens that is what is in force; an entry that is no token's is always wanted.
    """
    names = _names(session)
    if not names:
        return set()
    in_force = {facts.slot for facts in session.store.tokens.all()}
    return {name for name in names if name in in_force or not name.startswith("token ")}


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
        lost = _lost(vault, name)
        return [Problem(lost.code, lost.message, lost.hint)]
    return []


def _lost(vault: Vault, name: str) -> UserError:
    message = f"The {vault.name} vault has lost `{name}`."
    anew = "Keep it anew (microcom apps secret)" if name.startswith("app ") else "Log in anew"
    return UserError(message, code="vault.lost", hint=f"{anew}, or bring the vault back.")


def _bring(session: Session, source: Vault, target: Vault) -> None:
    """Bring all entries to another vault, which holds them from then on.

    What is written meanwhile comes too: a renewal under way is waited for, since it brings its
    answer to the vault that it began with; then the queue lets nobody write there any more.
    """
    _copy(session, source, target)
    while any(_is_renewing(session, facts) for facts in session.store.tokens.all()):
        session.clock.sleep(NAP)
    session.store.secrets.move_to(target.name)
    _copy(session, source, target)


def _is_renewing(session: Session, facts: TokenFacts) -> bool:
    return facts.asked_until is not None and facts.asked_until > session.clock.now()


def _copy(session: Session, source: Vault, target: Vault) -> None:
    """Copy what another vault does not hold yet, and read each entry there."""
    wanted = _wanted(session)
    for name in _names(session):
        value, there = source.read(name), target.read(name)
        if value is None and there is None and name in wanted:
            raise _lost(source, name)
        if value in {None, there}:
            continue
        target.write(name, value)
        if target.read(name) != value:
            message = f"The {target.name} vault did not give back what it was given."
            raise UserError(message, code="vault.lost", hint=f"Look at {target.where}.")


def _clear(session: Session, source: Vault, target: Vault) -> None:
    """Delete every entry where it was, once it is in the vault in force."""
    for name in _names(session):
        late = None if target.read(name) is not None else source.read(name)
        if late is not None:
            target.write(name, late)
        source.delete(name)


def _choose(session: Session, kind: str) -> None:
    """Write into machine.env which vault this machine uses; keep what else stands there."""
    from microcom.intake.places import MACHINE_FILE, write_private

    path = Path(session.places.config, MACHINE_FILE)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line.partition("=")[0].strip() != SETTING]
    text = "\n".join([*kept, f"{SETTING}={kind}", ""])
    if text != "\n".join([*lines, ""]):
        write_private(str(path), text.encode())
