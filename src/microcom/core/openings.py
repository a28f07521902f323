"""When a delivery may go: out of quiet hours and blackouts, apart from others, in a free slot.

What is taken is passed as the account's due instants, a sorted sequence. It is searched by halves
and never copied, so that a call costs the same beside ten deliveries or a hundred thousand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from microcom.core.closures import Days, Stretch, closing, reopening
from microcom.core.schedule import Moment, echo, on_clock, span
from microcom.core.slots import Slots, upcoming
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

NONE = timedelta()
SECOND = timedelta(seconds=1)
YEAR = timedelta(days=366)
TRIES = 16
SAID = 4


@dataclass(frozen=True, slots=True)
class Opening:
    """When a delivery goes, and each move from the time that was wanted, in words."""

    moment: Moment
    reasons: tuple[str, ...] = ()


def opening(
    wanted: Moment,
    *,
    zone: ZoneInfo,
    quiet: Sequence[Stretch] = (),
    blackout: Sequence[Days] = (),
    gap: timedelta = NONE,
    taken: Sequence[datetime] = (),
    jitter: timedelta = NONE,
    seed: str = "",
) -> Opening:
    """Return the first time from ``wanted`` on that is open, plus its share of ``jitter``.

    ``taken`` holds the other due instants of the account in order, ``seed`` says whose jitter it
    is: the same seed, the same time. Jitter is whole seconds, evenly drawn from what is open of
    [0, ``jitter``]. Raises UserError ``time.closed`` when nothing is open for a year.
    """
    rules = _Rules(zone, quiet, blackout, gap, taken)
    try:
        moves = [*rules.moves(wanted)]
        found = moves[-1][1] if moves else wanted
        shaken = rules.shaken(found, jitter, seed)
    except OverflowError as error:
        raise _closed(wanted) from error
    if shaken is not None:
        moves.append((f"jitter {span(jitter)}", shaken))
    if not moves:
        return Opening(wanted)
    return Opening(replace(moves[-1][1], note=wanted.note), _reasons(moves, wanted))


def free_slots(
    slots: Slots,
    zone: ZoneInfo,
    after: datetime,
    taken: Sequence[datetime],
    *,
    quiet: Sequence[Stretch] = (),
    blackout: Sequence[Days] = (),
    gap: timedelta = NONE,
    jitter: timedelta = NONE,
) -> Iterator[Moment]:
    """Yield the slots of the year after ``after`` that nobody has and that are open, in order.

    A slot is had by whatever is due in it or, as its delivery was moved by jitter, up to ``jitter``
    later. ``taken`` is read anew for each: whoever fills a slot inserts it there, and goes on.
    """
    rules = _Rules(zone, quiet, blackout, gap, taken)
    for moment in upcoming(slots, zone, after):
        if moment.utc - after > YEAR:
            return
        at = bisect_left(taken, moment.utc)
        is_had = at < len(taken) and taken[at] - moment.utc <= jitter
        if not is_had and rules.allow(moment.utc):
            yield moment


@dataclass(frozen=True, slots=True)
class _Rules:
    """What is closed to a delivery, and what it has to keep away from."""

    zone: ZoneInfo
    quiet: Sequence[Stretch]
    blackout: Sequence[Days]
    gap: timedelta
    taken: Sequence[datetime]

    def moves(self, wanted: Moment) -> Iterator[tuple[str, Moment]]:
        """Yield each move from a time to one that is open, with its cause."""
        moment = wanted
        while move := self.move(moment.utc):
            moment = move[1]
            if moment.utc - wanted.utc > YEAR:
                raise _closed(wanted)
            yield move

    def move(self, utc: datetime) -> tuple[str, Moment] | None:
        """Return where an instant has to move to and why, always later; None if it is open."""
        closed = closing(utc, self.zone, self.quiet, self.blackout)
        if closed is not None:
            return closed.cause, reopening(closed, utc, self.zone)
        apart = self._apart(utc)
        return None if apart == utc else (f"gap {span(self.gap)}", on_clock(apart, self.zone))

    def allow(self, utc: datetime) -> bool:
        """Return whether an instant is open and apart from what is taken."""
        closed = closing(utc, self.zone, self.quiet, self.blackout)
        at = bisect_left(self.taken, utc)
        beside = self.taken[max(at - 1, 0) : at + 1]
        return closed is None and all(abs(one - utc) >= self.gap for one in beside)

    def shaken(self, moment: Moment, jitter: timedelta, seed: str) -> Moment | None:
        """Return a moment with the seed's jitter; None where it stays as it is."""
        for late in _draws(seed, jitter):
            if self.allow(moment.utc + late):
                return on_clock(moment.utc + late, self.zone) if late else None
        return None

    def _apart(self, utc: datetime) -> datetime:
        """Return the first instant from one on that is a gap away from all that is taken."""
        if not self.gap:
            return utc
        at = max(bisect_left(self.taken, utc) - 1, 0)
        while at < len(self.taken) and self.taken[at] - utc < self.gap:
            utc = max(utc, self.taken[at] + self.gap)
            at += 1
        return utc


def _draws(seed: str, jitter: timedelta) -> Iterator[timedelta]:
    """Yield lengths of [0, jitter] that only the seed decides, in whole seconds."""
    count = jitter // SECOND + 1
    for number in range(TRIES if count > 1 else 0):
        digest = sha256(f"{number} {seed}".encode(errors="surrogatepass")).digest()
        yield SECOND * (int.from_bytes(digest[:8]) % count)


def _reasons(moves: Sequence[tuple[str, Moment]], wanted: Moment) -> tuple[str, ...]:
    said = [_reason(cause, moment, wanted) for cause, moment in moves]
    if len(said) <= SAID:
        return tuple(said)
    more = f"and {len(said) - SAID} moves more for the same causes"
    return (*said[: SAID - 1], more, said[-1])


def _reason(cause: str, moment: Moment, wanted: Moment) -> str:
    note = "" if moment.note is None else f" ({moment.note})"
    return f"{cause}: moved to {echo(moment, wanted.utc)}{note}"


def _closed(wanted: Moment) -> UserError:
    message = f"Nothing is open in the year after {echo(wanted)}."
    hint = "Look at quiet, blackout and gap: `microcom accounts show ACCOUNT` prints them."
    return UserError(message, code="time.closed", hint=hint)
