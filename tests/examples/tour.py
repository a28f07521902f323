"""A visit to an example: a copy of its folder, a sandbox, and years that pass at once."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from microcom import platforms
from microcom.intake.places import find_places
from microcom.media.kept import MediaStore
from microcom.runner.access import Access
from microcom.runner.doors import Doors
from microcom.runner.http import Http
from microcom.runner.sandbox import of_platforms
from microcom.runner.slots import Slots
from microcom.runner.worker import Holder, Worker
from microcom.store import open_store
from microcom.testing.stage import Drawer, ManualClock

if TYPE_CHECKING:
    import pytest
    from tests.cli.house import House, Said, Street

EXAMPLES = Path(__file__).parents[2] / "examples"
MOST = 200
"""How often a worker may be woken before something is wrong."""


@dataclass(frozen=True, slots=True)
class Tour:
    """An example's copy, in which commands run, and the clock of its sandbox."""

    folder: Path
    house: House
    url: str
    clock: ManualClock

    def run(self, *words: str) -> Said:
        """Run a command line in the folder."""
        return self.house.run(*words)

    def promised(self, command: str = "plan") -> list[str]:
        """Return the lines that the example's README shows of a command."""
        text = (self.folder / "README.md").read_text(encoding="utf-8")
        text = text.partition(f"microcom {command}")[2]
        shown = re.search(r"```\n([+~>].*?)```", text, re.DOTALL)
        assert shown is not None
        return shown[1].rstrip().splitlines()

    def let_pass(self) -> None:
        """Let time pass until nothing waits any more: every post goes out when it is due."""
        places = find_places(os.environ)
        store = open_store(places.queue, self.url, self.clock, actor="tester")
        files = MediaStore(places.media).read
        http = Http(sandbox=self.url, sleep=self.clock.sleep, files=files)
        secrets = Drawer()
        access = Access(Slots(store, secrets, self.clock), http, self.clock, platforms.load)
        with closing(store), closing(http):
            doors = Doors(
                store=store,
                http=http,
                access=access,
                secrets=secrets,
                clock=self.clock,
                chance=lambda: 0.5,
                platform=platforms.load,
            )
            for number in range(MOST):
                Worker(doors, Holder("tour", number, str(number))).run()
                wake = store.lanes.next_wake()
                if wake is None:
                    return
                self.clock.reach(wake)
        message = "something waits for ever"
        raise AssertionError(message)


def tour(example: str, house: House, street: Street, monkeypatch: pytest.MonkeyPatch) -> Tour:
    """Copy an example into a house, go there, and let a sandbox answer."""
    folder = house.home / example
    shutil.copytree(EXAMPLES / example, folder)
    monkeypatch.chdir(folder)
    for name in ("MICROCOM_CONFIG", "MICROCOM_DATABASE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MICROCOM_HOME", str(house.home / "home"))
    monkeypatch.setenv("MICROCOM_ACTOR", "tester")
    monkeypatch.setenv("MICROCOM_SANDBOX", street.url)
    clock = ManualClock(datetime.now(UTC))
    street.sandbox = of_platforms(clock.now)
    return Tour(folder, house, street.url, clock)


def examples() -> list[str]:
    """Return the names of all examples."""
    return sorted(one.name for one in EXAMPLES.iterdir() if one.is_dir())
