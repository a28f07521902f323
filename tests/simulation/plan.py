"""What a seed decides before anything happens, and the queues that runs begin with."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from tests.conformance.kits import X_KIT, X_MEDIA_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT, PINTEREST_VIDEO_KIT
from tests.conformance.tiktok_kit import TIKTOK_SHORT_KIT
from tests.simulation.network import Weather

from microcom.core.account import Account, Lateness, Missed, Rules
from microcom.core.capability import Ceiling
from microcom.core.config import Config
from microcom.core.login import Tokens, token_name
from microcom.core.post import Snapshot
from microcom.runner.welcome import identify
from microcom.store.tokens import TokenFacts
from microcom.testing import stage as staging
from microcom.testing.stage import Kit, Stage, bearer

if TYPE_CHECKING:
    from tests.simulation.engine import Engine

KITS: dict[str, Kit] = {
    "x": X_KIT,
    "x-media": X_MEDIA_KIT,
    "pinterest": PINTEREST_KIT,
    "pinterest-video": PINTEREST_VIDEO_KIT,
    "tiktok": TIKTOK_SHORT_KIT,
}
WEIGHTS = (20, 1, 8, 2, 3)
ROOMY, NARROW = Ceiling(1000, 1000), Ceiling(3, 6)


class Beyond(StrEnum):
    """What of the fault model a run leaves, to show what happens then."""

    NOTHING = ""
    LANDS = "lands"  # calls that were held back arrive long after ``lands_within``
    VISIBLE = "visible"  # listings lag long behind ``visible_within``
    CLOCK = "clock"  # the machine's clock is set again and again
    SUSPEND = "suspend"  # stopped processes are not ended: a whole machine was suspended


@dataclass(frozen=True, slots=True)
class Plan:
    """A seed's choice. ``accounts``: the third is another name of the first one's login.

    ``span`` is within how many seconds everything is due, and people do up to ``deeds`` things.
    """

    kit: str
    accounts: int
    ceiling: Ceiling
    late: Lateness
    workers: int
    deliveries: int
    weather: Weather
    jumps: bool
    ahead: timedelta
    span: int = 7200
    deeds: int = 4

    @classmethod
    def of(cls, chance: random.Random) -> Plan:
        """Return a plan; half of all storms are mild, and a calm clock is the rule."""
        rough = chance.choice([0.3, 1.0])
        return cls(
            kit=chance.choices(list(KITS), WEIGHTS)[0],
            accounts=chance.choice([1, 1, 2, 3]),
            ceiling=chance.choice([ROOMY, ROOMY, NARROW]),
            late=chance.choice([Lateness.SEND, Lateness.SEND, Lateness.HOLD]),
            workers=chance.choice([2, 2, 3, 4]),
            deliveries=chance.randint(5, 9),
            weather=Weather(
                unconnected=0.02 * rough,
                lost_request=0.05 * rough,
                lost_reply=0.06 * rough,
                stalled=0.04 * rough,
                cut=0.03 * rough,
                killed=0.004 * rough,
                frozen=0.003 * rough,
            ),
            jumps=chance.random() < 0.15,
            ahead=timedelta(seconds=chance.choice([0, 0, 0, 300, -300])),
        )

    @property
    def rules(self) -> Rules:
        """Return the rules of every account."""
        return Rules(ceiling=self.ceiling, missed=Missed(self.late, timedelta(hours=2)))

    @property
    def stock(self) -> str:
        """Return the name of the queue that it begins with."""
        ceiling = f"{self.ceiling.hour}-{self.ceiling.day}"
        return f"{self.kit}-{self.accounts}-{ceiling}-{self.late}"


@dataclass(frozen=True, slots=True)
class Stock:
    """A queue in which every account is logged in, and what its files hold."""

    queue: str
    media: Path
    secrets: dict[str, str]
    names: tuple[str, ...]
    tokens: dict[str, str]
    """The account that each token speaks for."""
    content: Callable[[int], Snapshot]
    """Gives a snapshot of so many parts, its texts still to be filled in."""


class Stocks:
    """Makes each kind of beginning once, under ``folder``."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._folder = folder
        self._engine = engine
        self._made: dict[str, Stock] = {}

    def of(self, plan: Plan) -> Stock:
        """Return the beginning that a plan wants."""
        if plan.stock not in self._made:
            self._made[plan.stock] = self._make(plan)
        return self._made[plan.stock]

    def _make(self, plan: Plan) -> Stock:
        kit, folder = _kit(plan), self._folder / plan.stock
        folder.mkdir(parents=True)
        place = self._engine.stock_place(plan.stock, folder)
        with mock.patch.object(staging, "queue_of", return_value=place):
            stage = Stage(kit, folder)
        first = kit.account.name
        tokens = {"canary-5f0c2b": first}
        names = [first]
        for number in range(2, plan.accounts + 1):
            name = f"{first}-{number}"
            token = f"canary-{number}" if number == 2 else "canary-5f0c2b"
            tokens.setdefault(token, name)
            _log_in(stage, replace(kit.account, name=name), token, tokens[token])
            names.append(name)
        contents = {
            count: kit.content(kit.parts[:count], stage.keep)
            for count in range(1, len(kit.parts) + 1)
        }
        self._engine.stocked(stage.store.db)
        stage.close()
        secrets = dict(stage.secrets.entries)
        return Stock(place, folder / "media", secrets, tuple(names), tokens, contents.__getitem__)

    def close(self) -> None:
        """Delete the files."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _kit(plan: Plan) -> Kit:
    kit = KITS[plan.kit]
    places = {
        name: replace(place, rules=plan.rules) for name, place in kit.account.communities.items()
    }
    return replace(kit, account=replace(kit.account, rules=plan.rules, communities=places))


def _log_in(stage: Stage, account: Account, token: str, owner: str) -> None:
    stage.emulator.grant(token, owner)
    file = (str(stage.folder / "accounts.yaml"),)
    config = Config(account.project, "UTC", file, "0", {account.name: account}, {}, {}, {})
    accounts = stage.store.accounts
    accounts.register(config, [account.name])
    platform = stage.kit.platform
    identity, _ = identify(platform, stage.http(), bearer(platform, token))
    accounts.identify(account.name, identity, timedelta())
    name = token_name(account.platform, identity.remote_id, account.client_id)
    if stage.store.tokens.find(name) is None:
        at = stage.clock.now()
        facts = TokenFacts(name, account.platform, account.client_id, None, 0, "", at)
        stage.access().keep(facts, Tokens(token))
