"""Which deliveries a command is about: by number, or by client, account, campaign, state, time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.cli.session import Session
    from microcom.core.delivery import Delivery


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person named: numbers, or what deliveries have in common."""

    numbers: Sequence[int]
    client: str | None
    account: str | None
    campaign: str | None
    state: Sequence[str]
    since: str | None
    until: str | None

    @property
    def says_nothing(self) -> bool:
        """Say whether nothing at all was named."""
        return not (
            self.numbers
            or self.client
            or self.account
            or self.campaign
            or self.state
            or self.since
            or self.until
        )


def find(session: Session, number: int) -> Delivery:
    """Return the delivery of that number; raise UserError ``queue.unknown``."""
    delivery = session.store.queue.find(number)
    if delivery is None:
        raise UserError(
            f"There is no delivery {number}.", code="queue.unknown", hint="microcom queue list"
        )
    return delivery


def states(words: Sequence[str] | None) -> list[State]:
    """Return the states that are named; raise UserError ``queue.which``."""
    return [_state(word) for word in words or ()]


def moment(session: Session, words: str | None) -> datetime | None:
    """Return the time that --since or --until names, past or not, in UTC where no zone is named."""
    if words is None:
        return None
    from zoneinfo import ZoneInfo

    from microcom.core.schedule import resolve

    return resolve(words, ZoneInfo("UTC"), session.clock.now(), past=True).utc


def chosen(session: Session, choice: Choice, most: int) -> tuple[list[Delivery], list[Delivery]]:
    """Return what is to be moved, by due time, and what keeps its time as it has begun to leave."""
    from microcom.core.changes import WAITING

    if choice.says_nothing:
        raise UserError(
            "Say which deliveries: their numbers, or --client, --account, --campaign, --state,"
            " --since or --until.",
            code="queue.which",
            hint="microcom queue list shows them; --state queued means all that wait.",
        )
    wanted = states(choice.state) or [*WAITING]
    if out := [one for one in wanted if one not in WAITING]:
        raise _not_waiting(f"What is {_words(out[0])}")
    tried = session.store.moving.tried
    found = _listed(session, choice, wanted, most)
    if choice.numbers:
        for one in found:
            if one.state not in WAITING:
                raise _not_waiting(f"Delivery {one.id} is {_words(one.state)} and")
            if tried(one):
                raise _not_waiting(f"Delivery {one.id} has begun to leave and")
    left = [one for one in found if tried(one)]
    return [one for one in found if one not in left], left


def _listed(session: Session, choice: Choice, wanted: Sequence[State], most: int) -> list[Delivery]:
    from microcom.store.filter import Filter

    since, until = (moment(session, one) for one in (choice.since, choice.until))
    if choice.numbers:
        named = [find(session, number) for number in dict.fromkeys(choice.numbers)]
        found = [
            one
            for one in named
            if choice.client in {None, one.client}
            and choice.account in {None, one.target.account}
            and choice.campaign in {None, one.campaign}
            and (not choice.state or one.state in wanted)
            and (since is None or one.due >= since)
            and (until is None or one.due < until)
        ]
        return sorted(found, key=lambda one: (one.due, one.id))
    criteria = Filter(
        states=wanted,
        client=choice.client,
        account=choice.account,
        campaign=choice.campaign,
        since=since,
        until=until,
        limit=most + 1,
    )
    found = session.store.queue.list(criteria)
    if len(found) > most:
        message = f"More than {most:,} deliveries are meant."
        hint = "Take fewer at once: --since, --until, --account."
        raise UserError(message, code="queue.many", hint=hint)
    return found


def _state(word: str) -> State:
    from microcom.core.names import did_you_mean

    try:
        return State(word.replace("-", "_").replace(" ", "_"))
    except ValueError:
        known = [state.value for state in State]
        hint = did_you_mean(word, known) or f"One of {', '.join(known)}."
        raise UserError(f"There is no state {word}.", code="queue.which", hint=hint) from None


def _not_waiting(which: str) -> UserError:
    return UserError(
        f"{which} cannot be moved: only what is held, queued or staged and has not begun to leave.",
        code="queue.state",
        hint="microcom queue list",
    )


def _words(state: object) -> str:
    return str(state).replace("_", " ")
