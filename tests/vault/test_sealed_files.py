"""The file vault: sealed by name, private, and whole whatever happens to its writers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from microcom.errors import UserError
from microcom.vault import Places, Vault, open_vault, probe
from microcom.vault.key import find_key, make_key
from microcom.vault.sealed_files import SealedFiles

WRITER = """
import sys
from microcom.vault.sealed_files import SealedFiles
folder, who, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
vault = SealedFiles(folder, lambda: b"k" * 32)
print("ready", flush=True)
for number in range(count):
    vault.write(f"own {who}", f"{who}:{number}:" + "x" * 5000)
    vault.write("shared", f"{who}:{number}:" + "y" * 5000)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where a vault may be made."""
    return tmp_path / "vault"


@pytest.fixture
def vault(folder: Path) -> SealedFiles:
    """Return a vault that was made."""
    made = SealedFiles(str(folder), lambda: b"k" * 32)
    made.make()
    return made


def refused(work: Callable[[], object]) -> str:
    """Return the code of the error that something ends with."""
    with pytest.raises(UserError) as caught:
        work()
    assert caught.value.hint
    return caught.value.code


def file_of(folder: Path, name: str) -> Path:
    """Return the file that holds an entry."""
    mark = f"microcom sealed 1 {name}\n".encode()
    (found,) = [path for path in folder.iterdir() if path.read_bytes().startswith(mark)]
    return found


def test_what_is_kept_comes_back(vault: SealedFiles, folder: Path) -> None:
    """An entry comes back as it was, in another process too; in its file nothing can be read."""
    vault.write("token x 1", "canary-é-91c7")
    assert SealedFiles(str(folder), lambda: b"k" * 32).read("token x 1") == "canary-é-91c7"
    assert b"canary" not in file_of(folder, "token x 1").read_bytes()
    assert oct(file_of(folder, "token x 1").stat().st_mode)[-3:] == "600"
    assert oct(folder.stat().st_mode)[-3:] == "700"
    vault.write("token x 1", "second")
    assert vault.read("token x 1") == "second"
    vault.delete("token x 1")
    vault.delete("token x 1")
    assert vault.read("token x 1") is None
    assert vault.unseal(vault.seal(b"upload")) == b"upload"
    probe(vault)


def test_no_vault_has_no_entries(folder: Path) -> None:
    """Reading makes no folder; the first write does."""
    vault = SealedFiles(str(folder), lambda: b"k" * 32)
    assert vault.read("a") is None
    assert not folder.exists()
    vault.write("a", "1")
    assert vault.read("a") == "1"


def test_another_key(vault: SealedFiles, folder: Path) -> None:
    """Another key is said as one, for reading and before anything is written."""
    vault.write("a", "1")
    other = SealedFiles(str(folder), lambda: b"o" * 32)
    assert refused(lambda: other.read("a")) == "vault.key"
    assert refused(lambda: other.write("b", "2")) == "vault.key"
    assert vault.read("b") is None


@pytest.mark.parametrize("check", [b"", b"microcom sealed 1 key check\nnoise", b"noise"])
def test_a_key_check_that_was_harmed(vault: SealedFiles, folder: Path, check: bytes) -> None:
    """A secret that opens proves the key: renewals go on being kept, and the check is made anew."""
    vault.write("a", "1")
    file_of(folder, "key check").write_bytes(check)
    vault.write("a", "2")
    assert vault.read("a") == "2"
    other = SealedFiles(str(folder), lambda: b"o" * 32)
    assert refused(lambda: other.write("b", "2")) == "vault.key"


def test_a_key_check_alone_that_was_harmed(vault: SealedFiles, folder: Path) -> None:
    """Where no secret proves the key, nothing is written under it."""
    file_of(folder, "key check").write_bytes(b"")
    assert refused(lambda: vault.write("a", "1")) == "vault.key"
    stray = folder / "stray.sealed"
    stray.write_bytes(b"microcom sealed 1 a\nnoise")
    stray.chmod(0o600)
    assert refused(lambda: vault.write("a", "1")) == "vault.key"


def test_a_key_that_cannot_be_used(vault: SealedFiles, folder: Path, tmp_path: Path) -> None:
    """A key that is gone, open to others or cut short is said as that, not as another key."""
    vault.write("a", "1")
    key = tmp_path / "vault.key"
    other = SealedFiles(str(folder), lambda: find_key({}, str(key)))
    with pytest.raises(UserError, match="is not there"):
        other.read("a")
    with pytest.raises(UserError, match="is not there"):
        other.write("b", "2")
    key.write_bytes(b"k" * 31)
    key.chmod(0o644)
    with pytest.raises(UserError, match="may open"):
        other.write("b", "2")
    key.chmod(0o600)
    with pytest.raises(UserError, match="is no key"):
        other.write("b", "2")
    key.write_bytes(b"k" * 32)
    assert other.read("a") == "1"


@pytest.mark.parametrize("harm", ["cut", "emptied", "changed", "appended", "swapped"])
def test_a_file_that_was_harmed(vault: SealedFiles, folder: Path, harm: str) -> None:
    """What is cut, changed or put in another's place is refused, never believed."""
    vault.write("a", "first")
    vault.write("b", "second")
    path = file_of(folder, "a")
    content = path.read_bytes()
    changed = {
        "cut": content[:-5],
        "emptied": b"",
        "changed": content[:-1] + bytes([content[-1] ^ 1]),
        "appended": content + b"x",
        "swapped": file_of(folder, "b").read_bytes(),
    }
    path.write_bytes(changed[harm])
    assert refused(lambda: vault.read("a")) == "vault.damaged"
    assert vault.read("b") == "second"


def test_what_others_may_open(vault: SealedFiles, folder: Path, tmp_path: Path) -> None:
    """A folder, file or key that others may open is refused, with the command that mends it."""
    vault.write("a", "1")
    file_of(folder, "a").chmod(0o644)
    assert refused(lambda: vault.read("a")) == "vault.open"
    file_of(folder, "a").chmod(0o600)
    folder.chmod(0o755)
    assert refused(lambda: vault.read("a")) == "vault.open"
    key = tmp_path / "vault.key"
    assert make_key(str(key)) is True
    assert make_key(str(key)) is False
    key.chmod(0o640)
    assert refused(lambda: find_key({}, str(key))) == "vault.open"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_what_is_somebody_elses(vault: SealedFiles, folder: Path, tmp_path: Path) -> None:
    """A file, key or folder of another user is refused."""
    vault.write("a", "1")
    key = tmp_path / "vault.key"
    make_key(str(key))
    for path in (file_of(folder, "a"), folder, key):
        os.chown(path, 12345, 12345)
    assert refused(lambda: find_key({}, str(key))) == "vault.open"
    assert refused(lambda: vault.read("a")) == "vault.open"
    os.chown(folder, 0, 0)
    assert refused(lambda: vault.read("a")) == "vault.open"


FULL = """
import resource, sys
from microcom.errors import UserError
from microcom.vault.sealed_files import SealedFiles
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    SealedFiles(sys.argv[1], lambda: b"k" * 32).write("a", "2" * 5000)
except UserError as error:
    sys.exit(f"{error.code}: {error.message} {error.hint}")
"""


@pytest.mark.skipif(os.name != "posix", reason="a process here cannot be denied room")
def test_a_disk_that_is_full(vault: SealedFiles, folder: Path) -> None:
    """Where there is no room the old value stays, no draft is left, and it is said."""
    vault.write("a", "1")
    words = [sys.executable, "-c", FULL, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    assert done.stderr.startswith(f"vault.file: The file vault {folder} could not be written")
    assert vault.read("a") == "1"
    assert not list(folder.glob("*.new"))


def test_a_key_that_cannot_be_made(tmp_path: Path) -> None:
    """A key whose folder cannot be made is an error in words; nothing half is left."""
    (tmp_path / "file").write_text("")
    assert refused(lambda: make_key(str(tmp_path / "file" / "vault.key"))) == "vault.key"
    make_key(str(tmp_path / "a" / "b" / "vault.key"))
    assert oct((tmp_path / "a").stat().st_mode)[-3:] == "700"
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["vault.key"]


MANY = """
import threading
from microcom.vault.key import find_key
found = []
ask = lambda: found.append(find_key({"MICROCOM_VAULT_KEY_FD": "0"}, ""))
threads = [threading.Thread(target=ask) for _ in range(8)]
for one in threads: one.start()
for one in threads: one.join()
assert found == [b"k" * 32] * 8, found
"""


def test_a_key_through_a_pipe(tmp_path: Path) -> None:
    """A key that can be read only once serves every thread of the process; a file serves too."""
    words = [sys.executable, "-c", MANY]
    assert subprocess.run(words, input=b"k" * 32, check=False, timeout=30).returncode == 0
    (tmp_path / "key").write_bytes(b"k" * 32)
    with (tmp_path / "key").open("rb") as file:
        for _ in range(2):  # the second process shares the first one's place in the file
            assert subprocess.run(words, stdin=file, check=False, timeout=30).returncode == 0


def test_a_descriptor_that_is_not_ours(tmp_path: Path) -> None:
    """A descriptor that holds no key is refused and stays open: it may be the queue's."""
    path = tmp_path / "queue"
    path.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with path.open("rb") as file:
        environment = {"MICROCOM_VAULT_KEY_FD": str(file.fileno())}
        assert refused(lambda: find_key(environment, "")) == "vault.key"
        assert file.read(6) == b"SQLite"
    with Path(os.devnull).open("rb") as file:
        environment = {"MICROCOM_VAULT_KEY_FD": str(file.fileno())}
        assert refused(lambda: find_key(environment, "")) == "vault.key"


def test_what_is_no_folder(tmp_path: Path) -> None:
    """A link or a file in the folder's place is refused."""
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").write_text("")
    for name in ("link", "file"):
        vault = SealedFiles(str(tmp_path / name), lambda: b"k" * 32)
        assert refused(lambda: vault.read("a")) == "vault.open"  # noqa: B023 - called at once


def test_where_the_key_comes_from(tmp_path: Path) -> None:
    """A descriptor, a named file, a systemd credential and the usual file, in that order."""
    usual, named, folder = tmp_path / "vault.key", tmp_path / "named", tmp_path / "credentials"
    assert refused(lambda: find_key({}, str(usual))) == "vault.key"
    make_key(str(usual))
    assert len(find_key({}, str(usual))) == 32
    folder.mkdir()
    (folder / "microcom-key").write_bytes(b"c" * 32)
    environment = {"CREDENTIALS_DIRECTORY": str(folder)}
    assert find_key(environment, str(usual)) == b"c" * 32
    named.write_text("6e" * 32 + "\n")
    named.chmod(0o600)
    environment["MICROCOM_VAULT_KEY_FILE"] = str(named)
    assert find_key(environment, str(usual)) == b"n" * 32
    reader, writer = os.pipe()
    os.write(writer, b"f" * 32)
    os.close(writer)
    environment["MICROCOM_VAULT_KEY_FD"] = str(reader)
    assert find_key(environment, str(usual)) == b"f" * 32
    assert refused(lambda: find_key({"MICROCOM_VAULT_KEY_FD": "soon"}, "")) == "vault.key"
    assert refused(lambda: find_key({"MICROCOM_VAULT_KEY_FD": "987"}, "")) == "vault.key"
    named.write_text("too short")
    del environment["MICROCOM_VAULT_KEY_FD"]
    assert refused(lambda: find_key(environment, str(usual))) == "vault.key"


def writer(folder: Path, who: int, count: int) -> subprocess.Popen[str]:
    """Start a process that writes."""
    words = [sys.executable, "-c", WRITER, str(folder), str(who), str(count)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_twenty_writers_at_once(folder: Path) -> None:
    """Nothing of anybody is lost or torn, neither their own nor what they share."""
    writers = [writer(folder, who, 5) for who in range(20)]
    for one in writers:
        one.communicate()
    assert [one.returncode for one in writers] == [0] * 20
    vault = SealedFiles(str(folder), lambda: b"k" * 32)
    for who in range(20):
        assert vault.read(f"own {who}") == f"{who}:4:" + "x" * 5000
    shared = vault.read("shared")
    assert shared is not None
    assert shared.endswith(":4:" + "y" * 5000)
    assert not list(folder.glob("*.new"))


def test_a_writer_that_is_killed(folder: Path) -> None:
    """Kill -9 in the middle of writing leaves the old value or the new one."""
    vault = SealedFiles(str(folder), lambda: b"k" * 32)
    vault.write("shared", "before")
    for round_ in range(5):
        with writer(folder, round_, 100_000) as killed:
            assert killed.stdout is not None
            assert killed.stdout.readline() == "ready\n"
            while vault.read(f"own {round_}") is None:
                assert killed.poll() is None
            killed.send_signal(signal.SIGKILL)
        for name, letter in ((f"own {round_}", "x"), ("shared", "y")):
            kept = vault.read(name)
            assert kept is not None
            assert kept == "before" or kept.endswith(letter * 5000)


def test_a_sandbox_has_its_own(folder: Path) -> None:
    """A sandbox's vault is files under its name, whatever the machine has chosen."""
    environment = {"MICROCOM_VAULT": "keyring"}

    def vault_of(world: str) -> Vault:
        places = Places(str(folder), "", NoRows(), "no database", on_server=False)
        return open_vault(world, environment, places)

    vault = vault_of("http://127.0.0.1:8000")
    vault.write("a", "1")
    assert (vault.name, vault.read("a")) == ("sandbox", "1")
    assert refused(lambda: vault_of("http://127.0.0.1:9000").read("a")) == "vault.key"


class NoRows:
    """A database that nobody may ask."""

    def find(self, name: str) -> str | None:
        """Fail."""
        raise AssertionError(name)

    def all(self) -> list[str]:
        """Fail."""
        raise AssertionError

    def put(self, name: str, text: str) -> None:
        """Fail."""
        raise AssertionError(name, text)

    add = put

    def drop(self, name: str) -> None:
        """Fail."""
        raise AssertionError(name)
