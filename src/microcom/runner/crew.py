"""Several workers at once, each a thread with doors of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from microcom.errors import StoreError
from microcom.runner.persistence import is_away
from microcom.runner.worker import Worker

if TYPE_CHECKING:
    from microcom.runner.doors import Doors

JOBS = 4
BEAT = 0.1
LONGEST_NAP = 1.0
"""Seconds for which a worker may not notice what another process has queued."""
SHORTEST_NAP = 0.02


class Crew:
    """Drives what is due with up to ``jobs`` threads.

    ``make`` is called in each thread for doors of its own, and ``close`` with them at its end.
    A failure of one thread asks the others to stop and is raised here; a server that is away for a
    while is none for who stays: ``note`` is told of it once. The calling thread only waits, so that
    Ctrl-C lets the step in flight end.
    """

    def __init__(
        self,
        make: Callable[[Callable[[], bool]], Doors],
        *,
        jobs: int = JOBS,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._make = make
        self._jobs = jobs
        self._note = note
        self._away = False
        self._stop = threading.Event()
        self._failures: list[BaseException] = []
        self._driven: set[int] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def stop(self) -> None:
        """Ask every thread to stop after the step in flight."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Say whether the crew was asked to stop."""
        return self._stop.is_set()

    def run(
        self, lanes: Sequence[str] | None = None, *, beat: Callable[[], None] = lambda: None
    ) -> frozenset[int]:
        """Drive everything due (or only these lanes); return the deliveries that were driven.

        ``beat`` is called several times a second meanwhile.
        """
        rest: list[str | None] = [None] * self._jobs if lanes is None else list(lanes)
        self._start(min(self._jobs, len(rest)), lambda worker: self._take_turns(worker, rest))
        self._wait(beat)
        return self._taken()

    def stay(self, tell: Callable[[frozenset[int]], None]) -> None:
        """Drive what is due from now on, until asked to stop.

        ``tell`` hears several times a second what was driven since, which may be nothing.
        """
        self._start(self._jobs, self._stay)
        self._wait(lambda: self._outliving(lambda: tell(self._taken())))
        tell(self._taken())

    def _start(self, count: int, work: Callable[[Worker], None]) -> None:
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=f"worker-{number}")
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def _wait(self, beat: Callable[[], None]) -> None:
        try:
            for thread in self._threads:
                while thread.is_alive():
                    thread.join(BEAT)
                    beat()
        finally:
            self._end()
        if self._failures:
            raise self._failures[0]

    def _end(self) -> None:
        """Let the steps in flight end when the wait for them was cut short."""
        if any(thread.is_alive() for thread in self._threads):
            self.stop()
        for thread in self._threads:
            thread.join()

    def _guarded(self, work: Callable[[Worker], None]) -> None:
        try:
            doors = self._make(self._stop.is_set)
            try:
                work(Worker(doors))
            finally:
                doors.http.close()
                doors.store.close()
        except BaseException as failure:  # noqa: BLE001 - raised again by whoever waits
            self._failures.append(failure)
            self.stop()

    def _take_turns(self, worker: Worker, rest: list[str | None]) -> None:
        while not self.stopped:
            try:
                lane = rest.pop()
            except IndexError:  # another thread took the last one
                return
            self._drove(worker.run(only=lane))

    def _stay(self, worker: Worker) -> None:
        while not self.stopped:
            self._outliving(lambda: self._work(worker))

    def _work(self, worker: Worker) -> None:
        driven = worker.run()
        self._drove(driven)
        if not driven:
            self._stop.wait(min(LONGEST_NAP, max(worker.due_in(), SHORTEST_NAP)))

    def _outliving(self, work: Callable[[], None]) -> None:
        """Do something; where the queue's server is away, wait a moment instead."""
        try:
            work()
        except StoreError as error:
            if not is_away(error):
                raise
            self._tell_once(error)
            self._stop.wait(LONGEST_NAP)
        else:
            self._away = False

    def _tell_once(self, error: StoreError) -> None:
        with self._lock:
            known, self._away = self._away, True
        if not known:
            self._note(f"{error.message} Waiting for it.")

    def _drove(self, driven: set[int]) -> None:
        with self._lock:
            self._driven |= driven

    def _taken(self) -> frozenset[int]:
        with self._lock:
            driven, self._driven = frozenset(self._driven), set()
        return driven
