"""Everything the runner may touch outside itself, handed in by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from microcom.runner.alarm import NoAlarm
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.platform import Platform
    from microcom.runner.access import Access
    from microcom.runner.alarm import Alarm
    from microcom.runner.clock import Clock
    from microcom.runner.http import Http
    from microcom.store import Store


class Seal(Protocol):
    """The key that seals journalled secrets."""

    def seal(self, clear: bytes) -> str:
        """Return bytes encrypted."""
        ...

    def unseal(self, sealed: str) -> bytes:
        """Return what :meth:`seal` closed."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """Store, network, credentials, secrets, time and chance, for one thread.

    ``chance`` gives random numbers from 0 to 1; ``platform`` gives a platform by its name;
    ``stopping`` says that the process was asked to end: the step in flight is the last. ``ends`` is
    when it will, where that is known: no PUBLISH begins that may outlast it. ``moved`` is told
    which delivery's step just handed how many bytes of media to the network. ``alarm`` ends a
    process that was frozen while it sent.
    """

    store: Store
    http: Http
    access: Access
    secrets: Seal
    clock: Clock
    chance: Callable[[], float]
    platform: Callable[[str], Platform]
    stopping: Callable[[], bool] = lambda: False
    ends: datetime | None = None
    moved: Callable[[int, str, int], None] = lambda _delivery, _step, _count: None
    alarm: Alarm = field(default_factory=NoAlarm)
