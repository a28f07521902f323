"""`microcom vault move`: bringing every secret from one vault to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.kept import choose, expect_real, held_by, lost, names_of, several, wanted_of
from microcom.cli.options import AsJson, DryRun
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError
from microcom.vault.box import CHECK

if TYPE_CHECKING:
    from microcom.store.tokens import TokenFacts
    from microcom.vault import Vault

HELP = """Move every secret to another vault, and use that one from now on.

Nothing is deleted where it was before all of it is in the other place and was read there. Safe to
run again, whatever it was interrupted in. A running worker has to be started anew.

Example:

  microcom vault move --to file
"""
To = Annotated[str, typer.Option("--to", metavar="KIND", help="keyring, file or database")]
NAP = 0.2
"""Seconds between two looks at whether a renewal is over."""


def move(to: To, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Move every secret to another vault."""
    from microcom.vault import KINDS, probe

    session = Session("vault move", json=as_json, sandbox=None)
    expect_real(session)
    if to not in KINDS:
        hint = "Choose keyring, file or database."
        raise UserError(f"There is no vault {to}.", code="vault.unknown", hint=hint)
    target, held = session.open_vault(to), held_by(session)
    names = names_of(session)
    if dry_run:
        _look(target)
    else:
        if to == "database":
            _ = session.new_store
        probe(target)
        if held is None or held == to:
            choose(session, to)
            for kind in KINDS:
                _clear_left(session, kind, target)
        else:
            source = session.open_vault(held)
            _bring(session, source, target)
            choose(session, to)
            _clear(session, source, target)
            source.delete(CHECK)  # empty, it may be made again under another key

    def shown(screen: Screen) -> None:
        did = "would be moved" if dry_run else ("is" if len(names) == 1 else "are")
        place = "to" if dry_run else "in"
        screen.say(f"{several(names)} {did} {place} the {to} vault.")
        if session.places.database is None or dry_run:
            return
        if to == "database":
            screen.say("On each other machine: copy the key there, microcom vault init --database")
        elif held == "database":
            screen.say("Other machines of this queue do not have them any more.")

    data = {"from": held or to, "to": to, "secrets": len(names)}
    raise typer.Exit(session.screen.answer(Answer(data, shown)))


def _clear_left(session: Session, kind: str, target: Vault) -> None:
    """Delete what an earlier move may have left in a vault of another kind; where it may be."""
    if kind == target.name:
        return
    try:
        _clear(session, session.open_vault(kind), target)
    except UserError as error:
        if error.code != "vault.none":
            what = f"What an earlier move may have left in the {kind} vault stays"
            session.screen.note(f"{what}: {error.message} {error.hint or ''}".rstrip())


def _look(vault: Vault) -> None:
    """Raise UserError where a vault does not open; write nothing."""
    vault.read("probe")
    if vault.name != "keyring":
        vault.seal(b"")  # asks for the key, also before there is anything to open
        vault.read(CHECK)


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
    wanted = wanted_of(session)
    for name in names_of(session):
        value, there = source.read(name), target.read(name)
        if value is None and there is None and name in wanted:
            raise lost(source, name)
        if value in {None, there}:
            continue
        target.write(name, value)
        if target.read(name) != value:
            message = f"The {target.name} vault did not give back what it was given."
            raise UserError(message, code="vault.lost", hint=f"Look at {target.where}.")


def _clear(session: Session, source: Vault, target: Vault) -> None:
    """Delete every entry where it was, once it is in the vault in force."""
    for name in names_of(session):
        late = None if target.read(name) is not None else source.read(name)
        if late is not None:
            target.write(name, late)
        source.delete(name)
