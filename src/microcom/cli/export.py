"""`microcom export` and `microcom restore`: a queue as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from microcom.cli.options import AsJson, Client, ConfigFile, DryRun, Sandbox
from microcom.cli.screen import Answer, Screen
from microcom.cli.session import Session
from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from microcom.core.archive import Manifest
    from microcom.core.steps import JsonValue
    from microcom.runner.archive import Archive

EXPORT_HELP = """Write queue, history, media and accounts files to one private file.

The file is for a backup, or for another machine or engine. Tokens stay where they are unless you
ask; then they are sealed, under a passphrase that you are asked for or a key in a file. An earlier
export of that name is replaced once the new one is whole.

Examples:

  microcom export backup.zip

  microcom export moving.zip --with-tokens --key moving.key

  microcom export acme.zip --client acme
"""
RESTORE_HELP = """Fill an empty queue from an export; --check only looks at it.

What is unfinished is held: the queue that was exported may have sent it since. The next step is
microcom store adopt, which looks at each account first.

Examples:

  microcom restore backup.zip --check

  microcom restore backup.zip
"""
File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False)]
WithTokens = Annotated[
    bool, typer.Option("--with-tokens", help="Take tokens and app secrets along, sealed.")
]
Key = Annotated[
    Path | None,
    typer.Option(
        "--key", metavar="PATH", help="Seal under the key in this file, not a passphrase."
    ),
]
Check = Annotated[bool, typer.Option("--check", help="Read all of it and say what is in it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("export", help=EXPORT_HELP)(export)
    app.command("restore", help=RESTORE_HELP)(restore)


def export(
    file: File,
    client: Client = None,
    with_tokens: WithTokens = False,
    key: Key = None,
    dry_run: DryRun = False,
    config: ConfigFile = None,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Write queue, history, media and accounts files to one private file."""
    from microcom.runner.export import Source
    from microcom.runner.export import export as write

    session = Session("export", json=as_json, sandbox=sandbox, config=config)
    store = session.store
    if client is not None:
        _expect_client(session, client)
    if key is not None and not with_tokens:
        message = "--key seals what --with-tokens takes along."
        raise UserError(message, code="export.key", hint="Give both, or neither.")
    files = () if client is not None else tuple(_files(session, config))
    if dry_run:
        raise typer.Exit(session.screen.answer(_would_export(session, file, client)))
    source = Source(
        store=store,
        media=session.media,
        files=files,
        client=client,
        vault=session.vault if with_tokens else None,
        seal=_seal(session, key) if with_tokens else None,
    )
    manifest = write(source, file)

    def shown(screen: Screen) -> None:
        size = file.stat().st_size
        said = f"{size / (1 << 20):.1f} MiB" if size >= 1 << 20 else f"{size / (1 << 10):.0f} KiB"
        screen.say(f"Exported to {file} ({said}); only you can read it.")
        screen.facts(_facts(manifest))
        if not with_tokens:
            screen.say("No tokens are in it: on another machine, log in again.")
        screen.say("To see whether it is whole: microcom restore " + f"{file} --check")

    raise typer.Exit(session.screen.answer(Answer(_data(manifest, file), shown)))


def restore(
    file: File,
    check: Check = False,
    key: Key = None,
    dry_run: DryRun = False,
    sandbox: Sandbox = None,
    as_json: AsJson = False,
) -> None:
    """Fill an empty queue from an export."""
    from microcom.runner.archive import Archive

    session = Session("restore", json=as_json, sandbox=sandbox)
    archive = Archive(file)
    try:
        states = archive.check()
        if check:
            answer = _checked(archive, file, dict(states))
        elif dry_run:
            answer = _would_restore(session, archive, file, dict(states))
        else:
            answer = _restored(session, archive, file, key)
    finally:
        archive.close()
    raise typer.Exit(session.screen.answer(answer))


def _checked(archive: Archive, file: Path, states: dict[str, int]) -> Answer:
    def shown(screen: Screen) -> None:
        screen.say(f"{file} is whole.")
        screen.facts(_facts(archive.manifest) | {"states": _counts(states)})

    return Answer(_data(archive.manifest, file) | {"counts": dict(states)}, shown)


def _would_restore(
    session: Session, archive: Archive, file: Path, states: dict[str, int]
) -> Answer:
    from microcom.runner.restore import expect_fitting

    store = session.store_or_none
    if store is not None:
        expect_fitting(archive, store, session.places.data)

    def shown(screen: Screen) -> None:
        where = session.places.queue if store is None else store.db.path
        screen.say(f"Nothing was written. {file} would be restored to {where}:")
        screen.facts(_facts(archive.manifest) | {"states": _counts(states)})

    return Answer(_data(archive.manifest, file) | {"counts": dict(states)}, shown)


def _restored(session: Session, archive: Archive, file: Path, key: Path | None) -> Answer:
    from microcom.runner.restore import expect_fitting
    from microcom.runner.restore import restore as fill

    store = session.new_store
    expect_fitting(archive, store, session.places.data)
    entries = _entries(session, archive, key)
    done = fill(archive, store, session.media, session.open_vault, entries)
    files = [_put_config(session, archive, name) for name in archive.manifest.config()]
    waiting = store.standing.unadopted()

    def shown(screen: Screen) -> None:
        screen.say(f"Restored {file} to {store.db.path}.")
        screen.facts(_facts(archive.manifest))
        for said in files:
            screen.say(said)
        for login in done.logged_out:
            screen.say(f"The tokens of {login} are not in this machine's vault: log in again.")
        if waiting:
            screen.say("Nothing is sent before you have had it looked at:")
            screen.say("  microcom store adopt --dry-run")

    data = _data(archive.manifest, file) | {
        "queue": store.db.path,
        "secrets": done.secrets,
        "logged_out": list(done.logged_out),
        "waiting": [one.account for one in waiting],
    }
    return Answer(data, shown)


def _entries(session: Session, archive: Archive, key: Path | None) -> dict[str, str]:
    """Return the secrets that came with an export, opened."""
    if not archive.manifest.has_secrets:
        return {}
    from microcom.cli.typed import passphrase
    from microcom.core.archive import SECRETS
    from microcom.runner.restore import secrets_of
    from microcom.vault import parcel

    content = archive.content(SECRETS)
    if not parcel.wants_passphrase(content):
        if key is None:
            message = "The secrets in this export are sealed under a key."
            raise UserError(message, code="restore.key", hint="Name its file: --key PATH")
        return secrets_of(archive, parcel.opened(content, key=_key_in(key)))
    said = passphrase(session.screen, f"microcom restore {archive.path}", twice=False)
    return secrets_of(archive, parcel.opened(content, passphrase=said))


def _seal(session: Session, key: Path | None) -> Callable[[bytes], bytes]:
    """Return what seals secrets: under a key, made where there is none, or a passphrase."""
    from microcom.cli.typed import passphrase
    from microcom.vault import parcel
    from microcom.vault.key import make_key

    if key is None:
        said = passphrase(session.screen, "microcom export FILE --with-tokens", twice=True)
        return lambda clear: parcel.sealed(clear, passphrase=said)
    if make_key(str(key)):
        session.screen.note(f"Made the key {key}: keep it apart from the export.")
    found = _key_in(key)
    return lambda clear: parcel.sealed(clear, key=found)


def _key_in(path: Path) -> bytes:
    from microcom.vault.key import find_key

    return find_key({"MICROCOM_VAULT_KEY_FILE": str(path)}, str(path))


def _expect_client(session: Session, client: str) -> None:
    from microcom.core.names import did_you_mean

    clients = {one.account.client for one in session.store.accounts.all()}
    known = sorted(name for name in clients if name is not None)
    if client not in known:
        message = f"No account in this queue belongs to a client {client}."
        hint = did_you_mean(client, known)
        raise UserError(message, code="client.unknown", hint=hint)


def _files(session: Session, explicit: str | None) -> list[tuple[str, bytes]]:
    """Return the accounts files in force, as an export names them."""
    from microcom.intake.find import FILE, FOLDER, find_config

    try:
        found = find_config(session.places, explicit, Path.cwd())
    except UserError as error:
        if error.code != "config.none":
            raise
        return []
    if len(found) == 1 and found[0].parent.name != FOLDER:
        return [(f"config/{FILE}", found[0].read_bytes())]
    return [(f"config/{FOLDER}/{path.name}", path.read_bytes()) for path in found]


def _put_config(session: Session, archive: Archive, name: str) -> str:
    """Write an accounts file where this user's are, unless another one is there; say which."""
    from microcom.intake.places import write_private

    content = archive.content(name)
    path = Path(session.places.config, name.removeprefix("config/"))
    if not path.exists():
        write_private(str(path), content)
        return f"Accounts file: {path}"
    if path.read_bytes() == content:
        return f"Accounts file: {path}, as it was there already"
    return f"Accounts file: {path} is another one, and was left alone"


def _would_export(session: Session, file: Path, client: str | None) -> Answer:
    counts = {str(state): count for state, count in session.store.queue.counts().items()}

    def shown(screen: Screen) -> None:
        whose = "" if client is None else f" (of them what belongs to {client})"
        screen.say(f"Nothing was written. To {file} would go: {_counts(counts)}{whose}")

    return Answer({"file": str(file), "client": client, "counts": dict(counts)}, shown)


def _counts(states: dict[str, int]) -> str:
    said = (f"{count} {state.replace('_', ' ')}" for state, count in sorted(states.items()))
    return ", ".join(said) or "no deliveries"


def _facts(manifest: Manifest) -> dict[str, str]:
    from datetime import UTC, datetime

    made = datetime.fromtimestamp(manifest.made / 1_000_000, UTC)
    whose = {} if manifest.client is None else {"client": manifest.client}
    return {
        "made": f"{made:%Y-%m-%d %H:%M:%S} UTC by {manifest.actor}, microcom {manifest.program}",
        "world": manifest.world,
        **whose,
        "deliveries": str(manifest.rows["delivery"]),
        "accounts": str(manifest.rows.get("account", 0)),
        "media files": str(len(manifest.media())),
        "accounts files": ", ".join(one.removeprefix("config/") for one in manifest.config())
        or "none",
        "tokens": "sealed" if manifest.has_secrets else "none",
    }


def _data(manifest: Manifest, file: Path) -> dict[str, JsonValue]:
    from datetime import UTC, datetime

    from microcom.core.schedule import rfc3339

    return {
        "file": str(file),
        "made": rfc3339(datetime.fromtimestamp(manifest.made / 1_000_000, UTC)),
        "world": manifest.world,
        "store": manifest.store,
        "client": manifest.client,
        "rows": dict(manifest.rows),
        "media": len(manifest.media()),
        "files": manifest.config(),
        "tokens": manifest.has_secrets,
    }
