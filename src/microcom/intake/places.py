"""Where this user's files are on this machine, and which world the command is in.

The fast path of ``microcom run`` imports this module, so it costs no more than ``os`` and ``sys``;
the folders are those of platformdirs (tests hold both).
"""
# pathlib alone costs as much as starting Python:
# ruff: noqa: PTH100, PTH102, PTH105, PTH111, PTH112, PTH117, PTH118, PTH120, PTH123

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing.TYPE_CHECKING without the price of importing typing
if TYPE_CHECKING:
    from collections.abc import Mapping

    from microcom.errors import UserError

APP = "microcom"
REAL = "real"
MACHINE_FILE = "machine.env"


class Places:
    """Every path this process uses, and its world: ``real`` or a sandbox's URL.

    ``environment`` is the real one with what machine.env adds. Nothing is created here: whoever
    writes makes the folder with :func:`private_folder`. ``database`` is the address of the
    PostgreSQL database that this world's queue is in, None for the queue file. ``witnesses`` is the
    folder of the files that know how far queues have come: with the system's own folders it is not
    in the one of the queue.
    """

    __slots__ = (
        *("cache", "config", "data", "database", "database_name", "environment", "media"),
        *("queue", "vault", "vault_key", "witnesses", "world"),
    )

    def __init__(
        self, folders: tuple[str, str, str, str], world: str, environment: Mapping[str, str]
    ) -> None:
        self.config, self.data, self.cache, state = folders
        self.world = world
        self.environment = environment
        inner = () if world == REAL else ("sandbox", _folder_of(world))
        own = os.path.join(self.data, *inner)
        self.queue = os.path.join(own, "queue.db")
        shared = environment.get("MICROCOM_MEDIA") if world == REAL else None
        self.media = shared or os.path.join(own, "media")
        self.vault = os.path.join(own, "vault")
        self.witnesses = os.path.join(state, *inner, "witness")
        self.vault_key = os.path.join(self.config, "vault.key")
        self.database_name = "MICROCOM_DATABASE" if world == REAL else "MICROCOM_SANDBOX_DATABASE"
        self.database = environment.get(self.database_name) or None


def find_places(
    environment: Mapping[str, str], *, sandbox: str | None = None, system: str = sys.platform
) -> Places:
    """Return the places of this user and machine; ``sandbox`` is the URL given on the command line.

    Raises UserError ``sandbox.address`` for a sandbox that is not on this machine, and Mistakes
    for a machine.env that cannot be read.
    """
    folders = _folders(environment, system)
    variables = _with_machine_file(environment, os.path.join(folders[0], MACHINE_FILE))
    url = variables.get("MICROCOM_SANDBOX") or None if sandbox is None else sandbox
    return Places(folders, REAL if url is None else world_of(url), variables)


def world_of(url: str) -> str:
    """Return a sandbox's URL in the one form that names its world: ``http://127.0.0.1:8000``.

    Raises UserError ``sandbox.address`` unless it is plain http to this machine.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port or 80
    except ValueError as error:
        raise _not_a_sandbox(url) from error
    extra = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme != "http" or extra or parts.path not in {"", "/"} or not _is_loopback(host):
        raise _not_a_sandbox(url)
    host = "127.0.0.1" if host == "localhost" else host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def private_folder(path: str) -> str:
    """Create the folder and what is missing above it, for this user alone (0700); return it."""
    above = os.path.dirname(path)
    if above and above != path and not os.path.isdir(above):
        private_folder(above)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        if not os.path.isdir(path):
            raise
    return path


def write_private(path: str, data: bytes) -> None:
    """Write a file for this user alone (0600), whole or not at all, and its folder if needed."""
    private_folder(os.path.dirname(path))
    draft = f"{path}.{os.getpid()}.new"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    os.replace(draft, path)


def _folders(environment: Mapping[str, str], system: str) -> tuple[str, str, str, str]:
    """Return the config, data, cache and state folders."""
    home = environment.get("MICROCOM_HOME")
    if home:
        home = os.path.abspath(os.path.expanduser(home))
        return home, home, os.path.join(home, "cache"), home
    if system == "win32":
        return _windows(environment)
    user = environment.get("HOME") or os.path.expanduser("~")
    if system == "darwin":
        support = os.path.join(user, "Library", "Application Support")
        defaults = (support, support, os.path.join(user, "Library", "Caches"))
    else:
        share = os.path.join(user, ".local", "share")
        # Not where XDG_STATE_HOME says: cron does not know that, and would miss every witness.
        support = os.path.join(user, ".local", "state")
        defaults = (os.path.join(user, ".config"), share, os.path.join(user, ".cache"))
    config, data, cache = (
        os.path.join(_absolute(environment, name) or default, APP)
        for name, default in zip(
            ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"), defaults, strict=True
        )
    )
    return config, data, cache, os.path.join(support, APP)


def _windows(environment: Mapping[str, str]) -> tuple[str, str, str, str]:
    local = environment.get("LOCALAPPDATA") or os.path.join(
        environment.get("USERPROFILE") or os.path.expanduser("~"), "AppData", "Local"
    )
    own = os.path.join(os.path.normpath(local), APP)
    return own, own, os.path.join(own, "Cache"), own


def _absolute(environment: Mapping[str, str], name: str) -> str | None:
    # The XDG specification: relative paths in these variables are to be ignored.
    path = environment.get(name, "").strip()
    return path if os.path.isabs(path) else None


def _with_machine_file(environment: Mapping[str, str], path: str) -> Mapping[str, str]:
    try:
        with open(path, "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return environment
    except OSError as error:
        from microcom.errors import UserError

        message = f"{path} cannot be read: {error.strerror}."
        hint = "Give the user that runs microcom the right to read it."
        raise UserError(message, code="machine.unreadable", hint=hint) from error
    from microcom.intake.machine import settings

    return {**settings(content, path), **environment}


def _is_loopback(host: str) -> bool:
    if host in {"localhost", "::1"}:
        return True
    from ipaddress import AddressValueError, IPv4Address

    try:
        return IPv4Address(host).is_loopback
    except AddressValueError:
        return False


def _folder_of(world: str) -> str:
    """Return a folder name of its own for each sandbox: ``127.0.0.1-8000``."""
    host, _, port = world.removeprefix("http://").rpartition(":")
    return f"{host.strip('[]').replace(':', '_')}-{port}"


def _not_a_sandbox(url: str) -> UserError:
    from microcom.errors import UserError

    message = f"{url!r} is not the address of a sandbox."
    hint = "A sandbox is on this machine: http://127.0.0.1:PORT, as `microcom sandbox` prints it."
    return UserError(message, code="sandbox.address", hint=hint)
