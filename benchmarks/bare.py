"""The bare minimum to compare with: threads of httpx that make the requests microcom makes.

``fresh`` opens a connection for each request, as microcom does for what people can see; ``kept``
keeps one open in each thread. Neither writes anything down, unless it is to: then one row for each
request is on disk before it leaves, which is the least that keeps a post from being made twice.
"""

from __future__ import annotations

import sqlite3
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from benchmarks.stagehand import PATIENCE, Spent, Stand, Wanted, content, headers

CREATED = 201


def post_all(
    stand: Stand, wanted: Sequence[Wanted], threads: int, *, kept: bool, noted: bool = False
) -> Spent:
    """Post every text once, from so many threads; return what it cost this process.

    With ``noted`` each is written down first, in a database of the same engine as a queue's.
    """
    context = httpx.create_ssl_context()
    rest = iter(wanted)
    lock, writing = threading.Lock(), threading.Lock()
    book = stand.home / "notes.db" if noted else None
    failures: list[str] = []

    def work() -> None:
        try:
            with _sender(context, kept=kept) as send, _notebook(book, writing) as note:
                while (one := _next(rest, lock)) is not None and not failures:
                    with writing:
                        note(one)
                    reply = send(stand, one)
                    if reply.status_code != CREATED:
                        failures.append(f"{reply.status_code} {reply.text}")
        except httpx.HTTPError as error:
            failures.append(repr(error))

    workers = [threading.Thread(target=work) for _ in range(threads)]
    begun, used = time.perf_counter(), time.process_time()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    spent = Spent(time.perf_counter() - begun, time.process_time() - used)
    if failures:
        sys.exit(f"A bare request failed: {failures[0]}")
    return spent


Send = Callable[[Stand, Wanted], httpx.Response]


@contextmanager
def _sender(context: ssl.SSLContext, *, kept: bool) -> Iterator[Send]:
    """Yield what posts a text: over one connection, or over one of its own."""
    if not kept:
        yield lambda stand, one: _alone(context, stand, one)
        return
    with httpx.Client(verify=context, trust_env=False, timeout=PATIENCE) as client:
        yield lambda stand, one: _post(client, stand, one)


@contextmanager
def _notebook(book: Path | None, writing: threading.Lock) -> Iterator[Callable[[Wanted], object]]:
    """Yield what writes a text down, and returns once it is on disk; or what does nothing."""
    if book is None:
        yield lambda _: None
        return
    with closing(sqlite3.connect(book, isolation_level=None)) as notes:
        with writing:
            notes.execute("PRAGMA journal_mode=WAL")
            notes.execute("PRAGMA synchronous=FULL")
            notes.execute("CREATE TABLE IF NOT EXISTS note (account TEXT, text TEXT)")
        yield lambda one: notes.execute("INSERT INTO note VALUES (?, ?)", (one.account, one.text))


def _alone(context: ssl.SSLContext, stand: Stand, one: Wanted) -> httpx.Response:
    with httpx.Client(verify=context, trust_env=False, timeout=PATIENCE) as client:
        return _post(client, stand, one)


def _post(client: httpx.Client, stand: Stand, one: Wanted) -> httpx.Response:
    address = f"{stand.url}/api.x.com/2/tweets"
    return client.post(address, content=content(one), headers=dict(headers(one.account)))


def _next(rest: Iterator[Wanted], lock: threading.Lock) -> Wanted | None:
    with lock:
        return next(rest, None)
