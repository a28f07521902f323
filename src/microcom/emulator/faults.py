"""What a service can do wrong on purpose, and how often."""

from __future__ import annotations

from microcom.values import dataclass

BROKEN = (500, 502, 503, 504)
BEFORE, AFTER = "before", "after"
LISTS_LATE = ("lag", "empty")
"""A listing that does not show yet what is younger than some seconds, or shows nothing."""
SPOILED = ("foreign", "garbage", "cut", "redirect", "redirect-after")
"""A proxy's page instead of the call; after the effect a page, or half a reply; a redirect."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something a service does wrong: at which endpoint, what, how often and from which call on.

    ``count`` None is until it is cleared; ``skip`` calls pass first; ``seconds`` is how far a
    listing lags.
    """

    endpoint: str
    kind: str
    count: int | None = 1
    skip: int = 0
    seconds: float = 0.0


class Faults:
    """The faults that are switched on, each counting the calls it has met."""

    def __init__(self) -> None:
        self._armed: list[tuple[Fault, int]] = []

    @property
    def armed(self) -> tuple[Fault, ...]:
        """Return the faults that may still be met."""
        return tuple(
            fault
            for fault, met in self._armed
            if fault.count is None or met < fault.skip + fault.count
        )

    def arm(self, *faults: Fault) -> None:
        """Switch faults on."""
        self._armed.extend((fault, 0) for fault in faults)

    def clear(self) -> None:
        """Switch every fault off."""
        self._armed.clear()

    def take(self, endpoint: str) -> Fault | None:
        """Return the fault that a call of an endpoint meets, and count the call."""
        found = None
        for index, (fault, met) in enumerate(self._armed):
            if fault.endpoint != endpoint:
                continue
            self._armed[index] = (fault, met + 1)
            last = None if fault.count is None else fault.skip + fault.count
            if found is None and met >= fault.skip and (last is None or met < last):
                found = fault
        return found
