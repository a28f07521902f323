"""Two made-up platforms, so that intake is tested without the name of a real one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from microcom.core.account import Account, Community
from microcom.core.capability import Capabilities, Ceiling, Proof, TextRule
from microcom.core.login import Login
from microcom.core.names import did_you_mean
from microcom.core.options import Option
from microcom.core.passage import Outgoing, Receipt
from microcom.core.platform import Platform
from microcom.core.post import Snapshot
from microcom.core.problem import Problem
from microcom.core.settling import Mark, Verdict
from microcom.core.steps import JsonValue, Reply, Steps
from microcom.core.text import Counting
from microcom.errors import PlatformError, UserError

WALL = Community("wall", "wall")
CORNER = Community("corner", "wall")
DEN = Community("den", "wall")
YARD = Community("yard", "wall")


LOGIN = Login((), "https://example.invalid")
CAPABILITIES = {
    "wall": Capabilities(
        kind="wall",
        text=TextRule(limit=40, counting=Counting.CODEPOINTS),
        thread_parts=3,
        part_gap=0.0,
        ceiling=Ceiling(hour=10, day=50),
        price=None,
        proof=Proof(timedelta(minutes=1), timedelta(minutes=1), can_prove_absence=True),
        source="made up",
    )
}


@dataclass
class FakePlatform(Platform):
    """A platform that validates as told and never speaks to anybody."""

    name: str
    options: Sequence[Option] = ()
    places: Sequence[Community] = (WALL, CORNER)
    default: str | None = "wall"
    login: Login = LOGIN
    problems: Mapping[str, Problem] = field(default_factory=dict)
    capabilities: Mapping[str, Capabilities] = field(default_factory=dict)

    def validate(self, snapshot: Snapshot, account: Account, community: Community) -> list[Problem]:
        """Refuse what ``problems`` lists, by a word of the text or the place's name."""
        text = " ".join((*snapshot.parts, f"{account.name}/{community.name}"))
        return [problem for word, problem in self.problems.items() if word in text]

    def publish(self, delivery: Outgoing) -> Steps[Receipt]:
        """Not asked for here."""
        raise NotImplementedError

    def settle(self, mark: Mark, owned: Collection[str]) -> Steps[Verdict]:
        """Not asked for here."""
        raise NotImplementedError

    def explain(self, reply: Reply) -> PlatformError | None:
        """Not asked for here."""
        raise NotImplementedError


@dataclass(frozen=True)
class FakeRegistry:
    """Knows ``pond``, which has a default place and an option, and ``cove``, which has neither."""

    BUILT_IN: tuple[str, ...] = ("pond", "cove")
    problems: Mapping[str, Problem] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """Return both."""
        return ("pond", "cove")

    def load(self, name: str) -> Platform:
        """Return one of the two."""
        if name == "pond":
            options = (
                Option("premium", bool, default=False, help="long texts"),
                Option("shelf", int, default=None, help="where it is kept"),
                Option("motto", str, default=None, help="said first"),
            )
            return FakePlatform("pond", options, problems=self.problems, capabilities=CAPABILITIES)
        if name == "cove":
            return FakePlatform("cove", places=(DEN, YARD), default=None, capabilities=CAPABILITIES)
        message, hint = f"There is no platform called {name}.", did_you_mean(name, self.names())
        raise UserError(message, code="platform.unknown", hint=hint)


class Bay(FakePlatform):
    """A platform whose communities are made in the file, whose apps and posts have keys."""

    app_options = (Option("audited", bool, default=False, help="looked at by the platform"),)
    place_options = (
        Option("board", str, default=None, help="its name"),
        Option("quiet", bool, default=False, help="rings nobody"),
    )
    post_options = (Option("comments", bool, default=False, help="people may answer"),)

    def kind_of(self, settings: Mapping[str, JsonValue]) -> str | Problem:
        """Return the only kind, for what names a board."""
        if "board" in settings:
            return "wall"
        return Problem("community.board", "it needs a board.", "Write board: NAME.")


class BayRegistry(FakeRegistry):
    """Knows the bay, too."""

    def names(self) -> tuple[str, ...]:
        """Return all three."""
        return (*super().names(), "bay")

    def load(self, name: str) -> Platform:
        """Return one of the three."""
        if name != "bay":
            return super().load(name)
        linked = {"wall": replace(CAPABILITIES["wall"], link_limit=20, title_limit=10)}
        return Bay("bay", places=(), default=None, capabilities=linked)


REGISTRY = FakeRegistry()
