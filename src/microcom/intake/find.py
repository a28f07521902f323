"""Which accounts file a command means."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from microcom.errors import UserError
from microcom.intake.places import Places

FILE = "accounts.yaml"
FOLDER = "accounts.d"


def find_config(places: Places, explicit: str | None, cwd: Path) -> tuple[Path, ...]:
    """Return the accounts file, or the files of accounts.d, as absolute paths.

    ``explicit`` (``--config``) wins over MICROCOM_CONFIG; else this folder and those above it up
    to the repository's top; else the config folder. Raises UserError ``config.none`` when there is
    none, ``config.missing_file`` when the one named is not there.
    """
    named = explicit or places.environment.get("MICROCOM_CONFIG")
    if named:
        return _named(Path(cwd, Path(named).expanduser()).resolve())
    for folder in (*_from_here_up(cwd), Path(places.config)):
        found = _in_folder(folder)
        if found:
            return found
    message = f"There is no {FILE} here, above here in this repository, or in {places.config}."
    hint = "`microcom init` writes one to begin with; --config PATH names another."
    raise UserError(message, code="config.none", hint=hint)


def _named(path: Path) -> tuple[Path, ...]:
    if path.is_file():
        return (path.absolute(),)
    found = _in_folder(path) or _parts(path)
    if found:
        return found
    message = f"There is no accounts file at {path}."
    hint = f"Name a {FILE}, or a folder of *.yaml files; `microcom init` writes one."
    raise UserError(message, code="config.missing_file", hint=hint)


def _from_here_up(cwd: Path) -> Iterable[Path]:
    """Return this folder and those above it up to the one with .git; outside a repository, this."""
    here = (cwd, *cwd.parents)
    tops = (index for index, folder in enumerate(here) if (folder / ".git").exists())
    return here[: next(tops, 0) + 1]


def _in_folder(folder: Path) -> tuple[Path, ...]:
    file, parts = folder / FILE, _parts(folder / FOLDER)
    if not file.is_file():
        return parts
    if not parts:
        return (file.absolute(),)
    message = f"{folder} holds both {FILE} and {FOLDER}."
    hint = f"Keep one: move {FILE} into {FOLDER}, or name one with --config."
    raise UserError(message, code="config.two", hint=hint)


def _parts(folder: Path) -> tuple[Path, ...]:
    found = sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("."))
    return tuple(path.absolute() for path in found if path.is_file())
