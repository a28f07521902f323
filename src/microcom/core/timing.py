"""When one delivery goes out: its post's words for the time, under the rules of its target."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from microcom.core import schedule
from microcom.core.when import At, NextSlot, read
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from microcom.core.account import Account, Community
    from microcom.core.closures import Days, Stretch
    from microcom.core.config import Client
    from microcom.core.diary import Diary, Entry
    from microcom.core.target import Target

SHIFTED = "time.shifted"
MOVED = "time.moved"


@dataclass(frozen=True, slots=True)
class Timed:
    """When a delivery is due, and what is to be said about it: codes and sentences."""

    due: datetime
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Timing:
    """The rules of time for one post at one target."""

    post: str
    target: Target
    account: Account
    place: Community
    client: Client
    now: datetime

    def due(self, words: str, diary: Diary, *, file: bool, past: bool) -> Timed:
        """Return when the words mean, out of closed times and apart from other posts.

        What waits already stays where it is, as long as its words and zone are the same and
        nothing closes that time. Raises UserError ``time.*`` and ``slot.*``.
        """
        zone = schedule.zone(self.account.zone_of(self.target.community))
        when = read(words, zone, self.now, file=file)
        if isinstance(when, At) and not self._is_ruled:
            wanted = when.moment(zone, self.now, past=past)
            diary.put(self.account.name, wanted.utc)
            return Timed(wanted.utc, self._said(wanted))
        waits = diary.waiting(self.post, self.target)
        with diary.without(self.account.name, None if waits is None else waits.due) as taken:
            if waits is not None and (waits.words, waits.zone) == (words, zone.key):
                kept = self._kept(waits, when, zone, taken)
            else:
                kept = None
            timed = kept or self._timed(when, zone, taken, diary, past=past)
        if waits is None or timed.due != waits.due:
            diary.put(self.account.name, timed.due)
        return timed

    def _kept(
        self, waits: Entry, when: At | NextSlot, zone: ZoneInfo, taken: Sequence[datetime]
    ) -> Timed | None:
        """Return the time that a delivery was given before; None where it is closed by now."""
        if isinstance(when, NextSlot):
            return Timed(waits.due)
        from microcom.core.openings import opening

        found = opening(
            schedule.on_clock(waits.due, zone),
            zone=zone,
            quiet=self._quiet(),
            blackout=self._blackout(),
            gap=self.place.rules.gap,
            taken=taken,
        )
        return Timed(waits.due) if found.moment.utc == waits.due else None

    def _timed(
        self,
        when: At | NextSlot,
        zone: ZoneInfo,
        taken: Sequence[datetime],
        diary: Diary,
        *,
        past: bool,
    ) -> Timed:
        from microcom.core.openings import opening

        rules = self.place.rules
        if isinstance(when, NextSlot):
            wanted = self._slot(when, zone, taken, diary)
        else:
            wanted = when.moment(zone, self.now, past=past)
        said = self._said(wanted)
        if wanted.utc <= self.now:
            return Timed(wanted.utc, said)
        found = opening(
            wanted,
            zone=zone,
            quiet=self._quiet(),
            blackout=self._blackout(),
            gap=rules.gap,
            taken=taken,
            jitter=rules.jitter,
            seed=f"{self.account.project} {self.post} {self.target}",
        )
        moves = ((MOVED, f"{reason}.") for reason in found.reasons)
        return Timed(found.moment.utc, (*said, *moves))

    def _slot(
        self, when: NextSlot, zone: ZoneInfo, taken: Sequence[datetime], diary: Diary
    ) -> schedule.Moment:
        from microcom.core.openings import free_slots
        from microcom.core.slots import read_slots

        words, rules = self.account.slots_of(self.target.community), self.place.rules
        if not words:
            message = f"{self.target} has no slots."
            hint = f'Add `slots: ["mon-fri 09:00"]` to {self.account.name} in the accounts file.'
            raise UserError(message, code="slot.none", hint=hint)
        key = (self.account.name, words, zone.key, when, rules.quiet, rules.gap, rules.jitter)
        found = diary.slot(
            key,
            lambda: free_slots(
                read_slots(*words),
                zone,
                when.start(zone, self.now),
                taken,
                quiet=self._quiet(),
                blackout=self._blackout(),
                gap=rules.gap,
                jitter=rules.jitter,
            ),
        )
        if found is None:
            message = f"{self.target} has no free slot within a year."
            hint = "microcom slots shows who has them."
            raise UserError(message, code="slot.full", hint=hint)
        return found

    @property
    def _is_ruled(self) -> bool:
        """Say whether anything but its words decides when it goes out."""
        rules = self.place.rules
        return bool(rules.quiet or self.client.blackout or rules.gap or rules.jitter)

    def _quiet(self) -> tuple[Stretch, ...]:
        from microcom.core.closures import quiet

        return tuple(map(quiet, self.place.rules.quiet))

    def _blackout(self) -> tuple[Days, ...]:
        from microcom.core.closures import blackout

        return tuple(map(blackout, self.client.blackout))

    def _said(self, moment: schedule.Moment) -> tuple[tuple[str, str], ...]:
        """Return what a change of the clocks did to the time, if it did."""
        if moment.note is None:
            return ()
        return ((SHIFTED, f"{moment.note}: {schedule.echo(moment, self.now)}."),)
