"""Whether this machine can publish: each thing that it takes is tried, and found well or not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.core.finding import Finding, Level
from microcom.core.login import AppKind, Credential, token_name
from microcom.core.steps import Call, Effect
from microcom.errors import MicrocomError, UserError
from microcom.runner.health import right_to_send
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.account import Account
    from microcom.core.config import Config
    from microcom.core.platform import Platform
    from microcom.intake.places import Places
    from microcom.runner.clock import Clock
    from microcom.runner.http import Http
    from microcom.store import Store
    from microcom.vault import Vault

ENOUGH, LITTLE = 1 << 30, 100 << 20
"""Bytes of free disk: below the first a warning, below the second a fault."""
OFF, WAY_OFF = timedelta(seconds=30), timedelta(minutes=5)
PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at: a machine of one user, by the doors that its commands use."""

    places: Places
    clock: Clock
    config: Callable[[], Config]
    store: Callable[[], Store]
    vault: Callable[[], Vault]
    http: Callable[[], Http]
    platform: Callable[[str], Platform]


def examine(patient: Patient) -> list[Finding]:
    """Return what was found, in the order in which publishing needs it."""
    config, finding = _config(patient)
    store, found = _store(patient)
    findings = [finding, found]
    if store is not None and not store.db.is_file:
        from microcom.runner.doctor_server import look

        findings += look(patient.places, store)
    findings += [_vault(patient), _disk(patient), _media()]
    if store is not None:
        findings += right_to_send(store)
    if config is not None:
        findings += [_zones(config), *_platforms(patient, config)]
    if config is not None and store is not None:
        findings += _logins(patient, config, store)
    return findings


def _config(patient: Patient) -> tuple[Config | None, Finding]:
    try:
        config = patient.config()
    except UserError as error:
        return None, Finding("accounts file", Level.FAULT, error.message, "microcom check")
    count = len(config.accounts)
    what = f"{config.files[0]}: {count} account{'' if count == 1 else 's'}"
    return config, Finding("accounts file", Level.OK, what)


def _store(patient: Patient) -> tuple[Store | None, Finding]:
    try:
        store = patient.store()
        damage = store.db.damage()
        with store.db.trial():
            store.note_run()
    except UserError as error:
        level = Level.WARNING if error.code == "store.none" else Level.FAULT
        return None, Finding("queue", level, error.message, error.hint)
    except MicrocomError as error:
        return None, Finding("queue", Level.FAULT, error.message, error.hint)
    if damage is not None:
        what = f"{store.db.path} is damaged: {damage}"
        return None, Finding("queue", Level.FAULT, what, "Keep the file; restore from an export.")
    return store, Finding("queue", Level.OK, f"{store.db.path} can be read and written")


def _vault(patient: Patient) -> Finding:
    from microcom.vault import probe

    try:
        vault = patient.vault()
        probe(vault)
    except MicrocomError as error:
        return Finding("vault", Level.FAULT, error.message, error.hint)
    what = f"the {vault.name} vault opens without asking ({vault.where})"
    if patient.places.database is not None and vault.name in {"keyring", "file"}:
        what += ", on this machine alone, and the queue is on a server"
        fix = "Where other machines publish too: microcom vault move --to database"
        return Finding("vault", Level.WARNING, what, fix)
    return Finding("vault", Level.OK, what)


def _disk(patient: Patient) -> Finding:
    folder = Path(patient.places.queue).parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    what = f"{free / (1 << 30):.1f} GiB are free where the queue and media are"
    if free >= ENOUGH:
        return Finding("disk", Level.OK, what)
    level = Level.WARNING if free >= LITTLE else Level.FAULT
    return Finding("disk", level, what, "Free some space.")


def _media() -> Finding:
    from microcom.media.probe import readers

    try:
        what = f"pictures and video can be read ({readers()})"
    except ImportError as error:
        what = f"pictures and video cannot be read: {error}"
        return Finding("media", Level.FAULT, what, "Install microcom anew.")
    return Finding("media", Level.OK, what)


def _zones(config: Config) -> Finding:
    from microcom.core import schedule

    zones = sorted({config.timezone, *(one.timezone for one in config.accounts.values())})
    try:
        for zone in zones:
            schedule.zone(zone)
    except MicrocomError as error:
        return Finding("time zones", Level.FAULT, error.message, "pip install tzdata")
    return Finding("time zones", Level.OK, ", ".join(zones))


def _platforms(patient: Patient, config: Config) -> list[Finding]:
    """Ask every platform that an account is on for anything at all, at the same time."""
    names = sorted({one.platform for one in config.accounts.values()})
    if not names:
        return []
    with ThreadPoolExecutor(max_workers=8) as threads:
        found = threads.map(lambda name: list(_reached(patient, name)), names)
        return [finding for findings in found for finding in findings]


def _reached(patient: Patient, name: str) -> Iterator[Finding]:
    """Yield whether a platform's API answers, and how far its clock is from ours."""
    login = patient.platform(name).login
    url = f"https://{login.hosts[0]}/"
    call = Call(name="reach", method="GET", url=url, effect=Effect.READ, deadline=PATIENCE)
    http = patient.http()
    try:
        reply = http.send(call, Credential(patient.places.world, login.hosts, ""))
    except MicrocomError as error:
        fix = "Look at the network, a proxy, or the sandbox."
        yield Finding(name, Level.FAULT, error.message, fix)
        return
    finally:
        http.close()
    yield Finding(name, Level.OK, f"{login.hosts[0]} answers")
    if reply.at is not None:
        yield _clock(name, abs(reply.at - patient.clock.now()))


def _clock(name: str, off: timedelta) -> Finding:
    seconds = f"{off.total_seconds():.0f} s"
    if off <= OFF:
        return Finding("clock", Level.OK, f"this machine's clock agrees with {name}'s")
    level = Level.WARNING if off <= WAY_OFF else Level.FAULT
    what = f"this machine's clock is {seconds} from {name}'s"
    return Finding("clock", level, what, "Set it by the network: timedatectl set-ntp true")


def _logins(patient: Patient, config: Config, store: Store) -> Sequence[Finding]:
    last = store.accounts.last_due()
    found = []
    for account in config.accounts.values():
        try:
            found.append(_login(patient, store, account, last.get(account.name)))
        except MicrocomError as error:
            found.append(Finding(account.name, Level.FAULT, error.message, error.hint))
    return found


def _login(patient: Patient, store: Store, account: Account, last: datetime | None) -> Finding:
    """Return whether an account's tokens are there, allow what is needed, and last.

    ``last`` is when its last delivery is due that still waits, None where none does.
    """
    known = store.accounts.find(account.name)
    remote_id = None if known is None else known.remote_id
    name = token_name(account.platform, remote_id or "", account.client_id)
    facts = None if remote_id is None else store.tokens.find(name)
    fix = f"microcom login {account.name}"
    if facts is None and store.world != "real":
        return Finding(account.name, Level.OK, "the sandbox lets it in")
    if facts is None:
        level = Level.WARNING if last is None else Level.FAULT
        return Finding(account.name, level, f"nobody is logged in to {account.name}", fix)
    if facts.refused is not None:
        return Finding(account.name, Level.FAULT, facts.refused, fix)
    if patient.vault().read(facts.slot) is None:
        what = f"the vault has lost the tokens of {account.name}"
        return Finding(account.name, Level.FAULT, what, fix)
    wanted = patient.platform(account.platform).login.scopes
    lacking = [one for one in wanted if facts.scopes is not None and one not in facts.scopes]
    if lacking:
        what = f"{account.name} may not {', '.join(lacking)}"
        return Finding(account.name, Level.FAULT, what, fix)
    if not facts.renewable and facts.kind is not AppKind.OAUTH1 and facts.expires is not None:
        if facts.expires <= patient.clock.now():
            return Finding(account.name, Level.FAULT, f"its token has lapsed: {account.name}", fix)
        if last is not None and last >= facts.expires:
            what = f"the login of {account.name} ends before its last delivery is due"
            return Finding(account.name, Level.WARNING, what, fix)
    lasts = "and renews itself" if facts.renewable else ""
    return Finding(account.name, Level.OK, f"{account.name} is logged in {lasts}".rstrip())
