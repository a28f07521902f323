"""A queue's place on either engine: a file, or a database of a server made for the benchmark.

The server waits for the disk as it does out of the box; its files lie where temporary ones do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.postgres import Server, new_server

ENGINES = ("sqlite", "postgres")
SETTINGS = ("max_connections=200", "shared_buffers=256MB", "max_wal_size=4GB")


@contextmanager
def postgres_server() -> Iterator[Server]:
    """Yield a PostgreSQL server on a free loopback port, and leave nothing of it."""
    with TemporaryDirectory(prefix="microcom-bench-pg-") as folder:
        server = new_server(Path(folder), *SETTINGS)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
