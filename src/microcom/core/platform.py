"""What a platform is: data first, then a few members in a fixed order.

A platform holds no client and does no I/O; see :mod:`microcom.core.steps`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from microcom.core.problem import Problem

if TYPE_CHECKING:
    from microcom.core.account import Account, Community, Offered
    from microcom.core.capability import Capabilities
    from microcom.core.limit import Left, Limit
    from microcom.core.login import Identity, Login
    from microcom.core.options import Option
    from microcom.core.passage import Outgoing, Receipt
    from microcom.core.post import Snapshot
    from microcom.core.settling import Mark, Verdict
    from microcom.core.steps import Call, JsonValue, Reply, Steps
    from microcom.errors import PlatformError


class Platform(Protocol):
    """A place with an API that accounts post to.

    Inherit from it to have what is empty here empty there.
    """

    name: str
    capabilities: Mapping[str, Capabilities]
    """By kind of community."""
    login: Login
    options: Sequence[Option] = ()
    """Keys that an account of this platform may carry in the accounts file."""
    app_options: Sequence[Option] = ()
    """Keys that an app of this platform may carry; they are among its accounts' options."""
    place_options: Sequence[Option] = ()
    """Keys that a community of this platform may carry."""
    post_options: Sequence[Option] = ()
    """Keys that a post may carry for this platform."""
    places: Sequence[Community] = ()
    """Communities that every account of this platform has."""
    default: str | None = None
    """The place a bare account name means, or None where one must be chosen."""

    def walls(self, account: Account) -> Sequence[str]:
        """Return in plain words what an account's app may not do, as the accounts file says it."""
        del account
        return ()

    def kind_of(self, settings: Mapping[str, JsonValue]) -> str | Problem:
        """Return the kind of a community that a file defines, or what its settings lack.

        ``settings`` are what the file says of :attr:`place_options`. Where a platform has none,
        its accounts have its own communities and no others.
        """
        del settings
        hint = f"It has {', '.join(place.name for place in self.places)}."
        message = f"Communities of {self.name} are not made in this file."
        return Problem("community.fixed", message, hint)

    def validate(self, snapshot: Snapshot, account: Account, community: Community) -> list[Problem]:
        """Return what is wrong with the content for this place, beyond what data can say."""
        ...

    def publish(self, delivery: Outgoing) -> Steps[Receipt]:
        """Hold the conversation that publishes; exactly one PUBLISH per thing people see."""
        ...

    def settle(self, mark: Mark, owned: Collection[str]) -> Steps[Verdict]:
        """Find out by READ calls alone whether a marked call took effect.

        ``owned`` are the remote ids that receipts already hold.
        """
        ...

    def explain(self, reply: Reply) -> PlatformError | None:
        """Return the error a reply states in the vendor's own words, or None.

        None for a 2xx means success; None for anything else means that the reply is foreign
        (a proxy's page, a cut body) and, after a PUBLISH, leaves doubt.
        """
        ...

    def limits(self, call: Call) -> Sequence[Limit]:
        """Return the limits that a call counts towards; they may say no more than that."""
        del call
        return ()

    def left(self, call: Call, reply: Reply) -> Mapping[str, Left]:
        """Return what a reply, whatever its status, tells of the call's limits, by bucket."""
        del call, reply
        return {}


@runtime_checkable
class Identifies(Protocol):
    """A platform that can say who a token speaks for."""

    def identify(self) -> Steps[Identity]:
        """Return whose token this is, by READ calls alone."""
        ...


@runtime_checkable
class Recognises(Protocol):
    """A platform that can read the address of a post."""

    def recognise(self, address: str) -> str | None:
        """Return the remote id that an address (or a bare id) names, or None."""
        ...


@runtime_checkable
class Shows(Protocol):
    """A platform whose posts can be seen on the web."""

    def page(self, account: Account, community: Community) -> str:
        """Return the address where its owner sees what was posted to a community."""
        ...


@runtime_checkable
class Lists(Protocol):
    """A platform that can say which communities an account may post to."""

    def communities(self, account: Account) -> Steps[Sequence[Offered]]:
        """Return them all, by READ calls alone."""
        ...
