"""The key of sealed files or rows: 32 random bytes, from one of four places, no password."""

from __future__ import annotations

import os
import secrets
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

LENGTH = 32
CREDENTIAL = "microcom-key"
"""The name of a systemd credential (``LoadCredential=microcom-key:…``)."""
LONGEST = 256
ABSENT = {
    "file": "Make one (microcom vault init --file), or bring back the one that was used.",
    "database": "Copy it from a machine that has it, with mode 0600, or name where it is in "
    "MICROCOM_VAULT_KEY_FILE. Only the first machine of all makes one (microcom vault init "
    "--database).",
}
"""What to do where there is no key, by the kind of vault."""
_taken: dict[int, bytes] = {}
_taking = threading.Lock()
"""What came through a pipe: it can be read once in a process, whoever asks for it again."""


def find_key(environment: Mapping[str, str], default: str, vault: str = "file") -> bytes:
    """Return the key: of a file descriptor, a named file, a systemd credential, or the usual file.

    ``vault`` is the kind that it is for, which the words of an error name.

    Raises UserError ``vault.key`` where there is none, or others may read it.
    """
    number = environment.get("MICROCOM_VAULT_KEY_FD")
    if number:
        return _of_descriptor(number)
    named = environment.get("MICROCOM_VAULT_KEY_FILE")
    if named:
        return _of_file(Path(named).expanduser(), vault)
    credential = _credential(environment)
    if credential is not None:
        return _of_file(credential, vault, private=False)
    return _of_file(Path(default), vault)


def source(environment: Mapping[str, str], default: str) -> str:
    """Return where the key comes from, for people."""
    if environment.get("MICROCOM_VAULT_KEY_FD"):
        return f"file descriptor {environment['MICROCOM_VAULT_KEY_FD']}"
    named = environment.get("MICROCOM_VAULT_KEY_FILE")
    if named:
        return named
    return default if _credential(environment) is None else f"the systemd credential {CREDENTIAL}"


def place(environment: Mapping[str, str], default: str) -> str | None:
    """Return the file that a key may be made in, None where the key comes from elsewhere."""
    if environment.get("MICROCOM_VAULT_KEY_FD"):
        return None
    named = environment.get("MICROCOM_VAULT_KEY_FILE")
    if named:
        return str(Path(named).expanduser())
    return default if _credential(environment) is None else None


def make_key(path: str) -> bool:
    """Write a new key to a file of this user alone; say whether there was none.

    It is whole and on the disk before it has its name: what is sealed under it depends on that.
    """
    if os.path.lexists(path):
        return False
    try:
        private_folder(Path(path).parent)
        return _made(path)
    except OSError as error:
        message = f"The key {path} could not be written: {error.strerror}."
        hint = "Look at the disk and at the rights of the folder."
        raise UserError(message, code="vault.key", hint=hint) from error


def _made(path: str) -> bool:
    draft = Path(f"{path}.{secrets.token_hex(8)}.new")
    number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(f"{secrets.token_hex(LENGTH)}\n".encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        return _named(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _named(draft: Path, path: str) -> bool:
    """Give a file its name unless another has it; say whether it has."""
    try:
        if os.name == "posix":
            os.link(draft, path)
        else:
            draft.rename(path)  # Windows: never over another file
    except FileExistsError:
        return False
    except OSError:
        draft.rename(path)  # a file system without links
    settle_names(Path(path).parent)
    return True


def private_folder(folder: Path) -> None:
    """Create a folder and what is missing above it, for this user alone (0700)."""
    for missing in [*reversed(folder.parents), folder]:
        if not missing.is_dir():
            missing.mkdir(mode=0o700, exist_ok=True)


def settle_names(folder: Path) -> None:
    """Bring a folder's names to the disk, where a system can."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _credential(environment: Mapping[str, str]) -> Path | None:
    folder = environment.get("CREDENTIALS_DIRECTORY")
    path = None if not folder else Path(folder, CREDENTIAL)
    return path if path is not None and path.exists() else None


def _of_descriptor(number: str) -> bytes:
    if not (number.isascii() and number.isdecimal()):
        message = f"MICROCOM_VAULT_KEY_FD is {number!r}, which is no file descriptor."
        raise UserError(message, code="vault.key", hint="Give a number: 3<key.file, then 3.")
    try:
        return _read(_given(int(number)), f"file descriptor {number}")
    except (OSError, OverflowError) as error:
        message = f"The vault's key could not be read from file descriptor {number}."
        hint = f"Open it for this process: microcom run {number}</path/to/key"
        raise UserError(message, code="vault.key", hint=hint) from error


def _given(number: int) -> bytes:
    """Return what a descriptor holds: a file from its start, a pipe once.

    It is never closed: where nobody opened it for us it is one of our own, the queue's perhaps.
    """
    with _taking:
        if number not in _taken:
            mode = os.fstat(number).st_mode
            if stat.S_ISREG(mode) and os.name == "posix":
                return os.pread(number, LONGEST, 0)
            if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
                raise OSError  # a terminal would let us wait for ever
            with os.fdopen(number, "rb", closefd=False) as pipe:
                _taken[number] = pipe.read(LONGEST)
        return _taken[number]


def _of_file(path: Path, vault: str, *, private: bool = True) -> bytes:
    try:
        number = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        message = f"The {vault} vault's key is not there: {path}."
        raise UserError(message, code="vault.key", hint=ABSENT[vault]) from error
    except OSError as error:
        message = f"The {vault} vault's key {path} cannot be read: {error.strerror}."
        raise UserError(message, code="vault.key", hint="Look at its rights.") from error
    with os.fdopen(number, "rb") as file:
        if private:
            be_private(os.fstat(file.fileno()), str(path))
        return _read(file.read(LONGEST), str(path))


def _read(content: bytes, where: str) -> bytes:
    """Return the key in raw bytes or hexadecimal digits."""
    if len(content) == LENGTH:
        return content
    try:
        key = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != LENGTH:
        message = f"What is in {where} is no key: 32 bytes are wanted, or 64 hexadecimal digits."
        raise UserError(message, code="vault.key", hint="Bring back the one that was used.")
    return key


def be_private(found: os.stat_result, path: str) -> None:
    """Raise UserError ``vault.open`` for what others may read, or what is somebody else's."""
    if os.name != "posix":
        return
    if found.st_uid not in {os.geteuid(), 0}:
        message = f"{path} belongs to another user (number {found.st_uid})."
        raise UserError(message, code="vault.open", hint=f"chown {os.geteuid()} {path}")
    if stat.S_IMODE(found.st_mode) & 0o077:
        rights = "700" if stat.S_ISDIR(found.st_mode) else "600"
        message = f"Others on this machine may open {path}."
        hint = f"chmod {rights} {path}  If others could read it for long, log in anew."
        raise UserError(message, code="vault.open", hint=hint)
