"""The accounts file, validated once: later commands read a JSON copy as long as no byte changed.

The copy spares commands ruamel.yaml and pydantic, which cost more than all the rest of them. It is
recognised by the bytes of the files, the program's version and its own platforms; a file that uses
a platform from elsewhere is always read afresh, since its keys may change without notice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from microcom import __version__
from microcom.core.config import Config
from microcom.core.steps import JsonValue
from microcom.intake import frozen
from microcom.intake.find import find_config
from microcom.intake.places import Places, write_private
from microcom.intake.registry import Registry
from microcom.intake.source import MAX_CONFIG_BYTES, read_bytes

LAYOUT = 4
"""Raised with every change of what ``frozen`` writes."""


def open_config(places: Places, platforms: Registry, explicit: str | None, cwd: Path) -> Config:
    """Return the accounts that a command run in ``cwd`` means: the one door to them.

    Raises UserError when there is no accounts file, Mistakes when it is wrong.
    """
    files = find_config(places, explicit, cwd)
    contents = {str(file): read_bytes(file, MAX_CONFIG_BYTES) for file in files}
    copy, key = _copy(places, contents), _key(contents, platforms)
    known = _read(copy, key)
    if known is not None:
        return known
    from microcom.intake.accounts import understood

    config = understood(contents, platforms)
    if all(account.platform in platforms.BUILT_IN for account in config.accounts.values()):
        _write(copy, key, config)
    return config


def _copy(places: Places, contents: Mapping[str, bytes]) -> Path:
    name = hashlib.sha256("\n".join(contents).encode(errors="surrogateescape")).hexdigest()
    return Path(places.cache, "config", f"{name[:32]}.json")


def _key(contents: Mapping[str, bytes], platforms: Registry) -> JsonValue:
    """Return what has to be the same for the copy to be good: JSON values."""
    digest = hashlib.sha256(b"".join(contents.values())).hexdigest()
    return [__version__, LAYOUT, [*platforms.BUILT_IN], list(contents), digest]


def _read(copy: Path, key: JsonValue) -> Config | None:
    """Return the kept config; None when there is none, another one, or one that makes no sense."""
    try:
        kept = json.loads(copy.read_bytes())
        return frozen.load(kept["config"]) if kept["key"] == key else None
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def _write(copy: Path, key: JsonValue, config: Config) -> None:
    text = json.dumps({"key": key, "config": frozen.dump(config)}, separators=(",", ":"))
    try:
        write_private(str(copy), text.encode())
    except OSError:
        return  # a read-only machine reads the file afresh each time
