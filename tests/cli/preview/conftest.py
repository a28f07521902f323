"""An agency's machine with a post for three platforms, and files of every kind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from microcom.media.samples import animation, picture, video

if TYPE_CHECKING:
    from tests.cli.house import House

ACCOUNTS = """\
microcom: 1
project: studio
timezone: Europe/Paris
apps:
  tt: {platform: tiktok, client_id: aw77, audited: true}
clients:
  acme: {name: Acme Coffee}
  lumen: {name: Lumen <Studio>, timezone: America/New_York}
accounts:
  acme-x: {platform: x, client: acme, handle: acmecoffee}
  acme-pins:
    platform: pinterest
    client: acme
    handle: acmecoffee
    communities: {tulips: {board: Latte art, section: Tulips}}
  acme-tiktok: {platform: tiktok, client: acme, handle: acme.coffee}
  lumen-x: {platform: x, client: lumen, handle: lumenstudio}
"""
POST = """\
---
id: winter-menu
to: [acme-x, acme-pins/tulips, acme-tiktok/inbox, acme-tiktok/public, lumen-x]
at: 2030-12-04 09:00
title: The winter menu
link: https://www.example.com/menu?from=here&to=there
tags: [wintermenu, coffee, latteart]
media:
  - file: menu.jpg
    alt: A chalkboard with "five" drinks
  - file: latte.jpg
labels: {paid: false, brand: own}
for:
  platform:tiktok: {media: [{file: pour.mp4}]}
  acme-x: {labels: {ai: true}}
  lumen-x: {media: [{file: lamp.gif, alt: A lamp}]}
---
Our winter menu is here: <script>alert(1)</script> & more.

Drawn by @lumenstudio.

---
Why eleven? The first ten tasted of soap.
"""


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of files, drawn once."""
    folder = tmp_path_factory.mktemp("pictures")
    picture(folder / "menu.jpg", "Winter menu", (600, 900), 20)
    picture(folder / "latte.jpg", "Latte", (600, 900), 200)
    animation(folder / "lamp.gif", (160, 160), 4)
    video(folder / "pour.mp4", seconds=1, width=360, height=640)
    return folder


@pytest.fixture
def agency(house: House, pictures: Path) -> House:
    """Return the machine, with ``winter.md`` and its files."""
    (house.home / "accounts.yaml").write_text(ACCOUNTS)
    (house.home / "winter.md").write_text(POST)
    for file in pictures.iterdir():
        shutil.copy(file, house.home)
    return house
