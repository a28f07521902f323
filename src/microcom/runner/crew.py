"""Several workers at once, each a thread with doors of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from microcom.runner.worker import Worker

if TYPE_CHECKING:
    from microcom.runner.doors import Doors

JOBS = 4
BEAT = 0.1


class Crew:
    """Drives what is due with up to ``jobs`` threads.

    ``make`` is called in each thread for doors of its own, and ``close`` with them at its end.
    A failure of one thread asks the others to stop and is raised by :meth:`run`. The calling
    thread only waits, so that Ctrl-C lets the step in flight end.
    """

    def __init__(self, make: Callable[[Callable[[], bool]], Doors], *, jobs: int = JOBS) -> None:
        self._make = make
        self._jobs = jobs
        self._stop = threading.Event()
        self._failures: list[BaseException] = []
        self._driven: set[int] = set()

    def stop(self) -> None:
        """Ask every thread to stop after the step in flight."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Say whether the crew was asked to stop."""
        return self._stop.is_set()

    def rest(self, seconds: float) -> None:
        """Let time pass, or less of it when the crew is asked to stop."""
        self._stop.wait(seconds)

    def run(
        self, lanes: Sequence[str] | None = None, *, beat: Callable[[], None] = lambda: None
    ) -> frozenset[int]:
        """Drive everything due (or only these lanes); return the deliveries that were driven.

        ``beat`` is called several times a second meanwhile.
        """
        self._driven.clear()
        rest: list[str | None] = [None] * self._jobs if lanes is None else list(lanes)
        threads = [
            threading.Thread(target=self._work, args=(rest,), name=f"worker-{number}")
            for number in range(min(self._jobs, len(rest)))
        ]
        for thread in threads:
            thread.start()
        self._wait(threads, beat)
        if self._failures:
            raise self._failures[0]
        return frozenset(self._driven)

    def _wait(self, threads: Sequence[threading.Thread], beat: Callable[[], None]) -> None:
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(BEAT)
                    beat()
        finally:
            self._end(threads)

    def _end(self, threads: Sequence[threading.Thread]) -> None:
        """Let the steps in flight end when the wait for them was cut short."""
        if any(thread.is_alive() for thread in threads):
            self.stop()
        for thread in threads:
            thread.join()

    def _work(self, rest: list[str | None]) -> None:
        try:
            self._take_turns(rest)
        except BaseException as failure:  # noqa: BLE001 - raised again by run()
            self._failures.append(failure)
            self.stop()

    def _take_turns(self, rest: list[str | None]) -> None:
        doors = self._make(self._stop.is_set)
        try:
            worker = Worker(doors)
            while rest and not self._stop.is_set():
                self._driven.update(worker.run(only=rest.pop()))
        finally:
            doors.http.close()
            doors.store.close()
