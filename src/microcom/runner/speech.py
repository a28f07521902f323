"""Who speaks for which delivery, and the plain calls they make."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from microcom.core.login import token_name
from microcom.core.passage import Outgoing
from microcom.errors import PlatformError, RateLimited, TokenExpired, Transient
from microcom.runner.http import NotConnectedError, SilenceError
from microcom.store.allowance import Payer, SpentError
from microcom.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from microcom.core.account import Rules
    from microcom.core.capability import Capabilities, Ceiling
    from microcom.core.delivery import Delivery
    from microcom.core.login import Credential
    from microcom.core.platform import Platform
    from microcom.core.steps import Call, Reply
    from microcom.runner.doors import Doors
    from microcom.store.accounts import Known
    from microcom.store.allowance import Taken
    from microcom.store.lanes import Lease


SPENT = "limit.spent"
"""The code of a RateLimited that is our own: the platform was not asked."""


@dataclass(slots=True)
class Speech:
    """One delivery on its way: the lane held for it, its account and its platform.

    ``delivery`` is replaced by every change, so that each decision compares with the last.
    """

    doors: Doors
    lease: Lease
    delivery: Delivery
    known: Known
    platform: Platform
    credential: Credential | None = None
    progressed: bool = False
    """Whether a step has been completed since the delivery was taken up."""
    remembered: bool = False
    """Whether something that was looked up earlier has answered since then."""
    taken: Taken = field(default_factory=dict)
    """What was left of the limits on the last call, when it left."""
    ahead: int | None = None
    """How far the platform's clock is ahead of ours, in microseconds, once that was asked."""

    @property
    def capabilities(self) -> Capabilities:
        """Return the facts about the place it goes to."""
        return self.platform.capabilities[self.delivery.kind]

    @property
    def ceiling(self) -> Ceiling:
        """Return the most posts allowed: the account's rule, else the platform's default."""
        return self.rules.ceiling or self.capabilities.ceiling

    @property
    def rules(self) -> Rules:
        """Return the rules in force where it goes: the community's own are the most specific."""
        account = self.known.account
        place = account.communities.get(self.delivery.target.community or "")
        return account.rules if place is None else place.rules

    def is_early(self) -> bool:
        """Say whether it is not due yet, and so may be prepared but not sent."""
        return self.doors.clock.now() < self.delivery.due

    def others_in(self) -> float:
        """Return the seconds until anything else can move, of this login or a free one's."""
        store, now = self.doors.store, self.doors.clock.now()
        wakes = (
            store.queue.wake_beside(self.lease, self.delivery),
            store.lanes.next_wake(free=True),
        )
        return min(((wake - now).total_seconds() for wake in wakes if wake), default=float("inf"))

    def outgoing(self) -> Outgoing:
        """Return what the platform is given to publish."""
        account = self.known.account
        place = account.communities.get(self.delivery.target.community or "")
        return Outgoing(
            target=self.delivery.target,
            handle=account.handle,
            remote_user=self.known.remote_id or "",
            kind=self.delivery.kind,
            snapshot=self.doors.store.queue.snapshot(self.delivery),
            settings={} if place is None else place.settings,
            options=account.options,
        )

    def let_in(self, call: Call) -> Credential:
        """Return what lets a call in, renewed before it may lapse on the way."""
        self.credential = self.doors.access.of(self.known, call.deadline, self._hold)
        return self.credential

    def renew(self) -> None:
        """Get a newer credential than the last one, which the platform calls lapsed."""
        assert self.credential is not None  # noqa: S101 - a call left with it
        self.credential = self.doors.access.renewed(self.known, self.credential, self._hold)

    def has_newer_login(self) -> bool:
        """Say whether somebody has logged in since the last credential was taken."""
        if self.credential is None:
            return False
        account = self.known.account
        name = token_name(account.platform, self.known.remote_id or "", account.client_id)
        facts = self.doors.store.tokens.find(name)
        newer = facts is not None and facts.version > self.credential.version
        return newer and facts is not None and facts.refused is None

    def _hold(self, seconds: float) -> None:
        self.doors.store.lanes.renew(self.lease, seconds)

    def call(self, call: Call) -> Reply:
        """Make a READ or WRITE call and return its reply; one that still holds is not asked for.

        Raises the platform's own error, or Transient for anything that is no whole answer, unless
        the call handles that status itself.
        """
        lookups = self.doors.store.lookups
        held = lookups.find(self.known.account.name, call) if call.lasts else None
        if held is not None:
            self.remembered = True
            return held
        reply = self._asked(call)
        if not call.lasts or not reply.ok:
            return reply
        narrowed = reply.narrowed(call.visible)
        lookups.keep(self.known.account.name, call, narrowed)
        return narrowed

    def _asked(self, call: Call) -> Reply:
        """Make a call; where its token has lapsed, renew that and make it once more."""
        try:
            return self._asked_once(call)
        except TokenExpired:
            self.renew()
            return self._asked_once(call)

    def _asked_once(self, call: Call) -> Reply:
        credential = self.let_in(call)
        self._go(call)
        try:
            reply = self.doors.http.send(call, credential, lambda: self._go(call), self.moved(call))
        except (NotConnectedError, SilenceError) as error:
            raise Transient(error.message, code=error.code) from error
        self.heard(call, reply)
        if reply.status in call.handles:
            return reply
        said = self.platform.explain(reply)
        if said is not None:
            raise said
        if not reply.ok or (reply.body and reply.json() is None):
            raise unreadable(self.delivery, call, reply)
        return reply

    def moved(self, call: Call) -> Callable[[int], None]:
        """Return who counts the bytes of media that leave with a call."""
        number, name = self.delivery.id, call.name
        return lambda count: self.doors.moved(number, name, count)

    def spend(self, call: Call) -> None:
        """Count a call towards its limits, in the transaction that lets it leave.

        Raises RateLimited where one of them is used up: it would be refused.
        """
        limits = self.platform.limits(call)
        try:
            self.taken = self.doors.store.allowances.take(self._payer(), limits)
        except SpentError as spent:
            message = _used_up(self.platform.name, spent)
            raise RateLimited(message, code=SPENT, until=spent.until) from spent

    def _go(self, call: Call) -> None:
        """Count a call that people do not see, and hold the lane while it may take: each try."""
        with self.doors.store.db.light_transaction(self.lease.lane):
            self.spend(call)
            self.doors.store.lanes.renew(self.lease, call.deadline)

    def heard(self, call: Call, reply: Reply) -> None:
        """Learn from a reply the platform's time, and what is left of its limits."""
        store = self.doors.store
        if reply.at is not None:
            offset = reply.at - self.doors.clock.now()
            self.ahead = store.lanes.learn_offset(self.lease.lane, offset, self.ahead)
        left = self.platform.left(call, reply)
        limits = self.platform.limits(call)
        store.allowances.learn(self._payer(), limits, left, reply.at, self.taken)

    def _payer(self) -> Payer:
        account = self.known.account
        if self.ahead is None:
            self.ahead = self.doors.store.lanes.offset(self.lease.lane)
        app = f"{account.platform} {account.client_id or account.app}"
        return Payer(self.lease.lane, app, self.ahead)

    def advanced(self, **changes: object) -> None:
        """Note what the store just did to the delivery."""
        self.delivery = replace(self.delivery, **changes)  # type: ignore[arg-type]


def _used_up(platform: str, spent: SpentError) -> str:
    again = f"it goes on at {spent.until:%H:%M} UTC"
    return f"{platform} takes {spent.limit.words()}, and that is used up: {again}."


def unreadable(delivery: Delivery, call: Call, reply: Reply) -> PlatformError:
    """Return the error for an answer that is not the platform's own."""
    message = f"{delivery.platform} answered {call.name} with {reply.status} and nothing readable."
    return Transient(message, code="platform.unreadable")
