"""What a torture posts: pieces without end for accounts on every platform, and their files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from microcom.media.samples import picture, video
from microcom.runner.demo_campaign import Piece

X = tuple(f"x-{number}" for number in range(12))
PINS = tuple(f"pins-{number}" for number in range(3))
TIKTOK = tuple(f"tok-{number}" for number in range(3))
HEAD = """\
microcom: 1
project: torture
timezone: UTC
rules:
  ceiling: {hour: 1000, day: 1000}
  missed: {do: send, after: 1h}
  stop_after: 1000
  sameness: {text: off, media: off, link: off}
apps:
  audited: {platform: tiktok, audited: true}
accounts:
"""
OPENING = {
    "an opening on X": (", ".join(X), ""),
    "an opening on Pinterest": (", ".join(f"{name}/desk" for name in PINS), "a.jpg"),
    "an opening on TikTok": (", ".join(f"{name}/public" for name in TIKTOK), "a.mp4"),
}
MOST_VIDEOS = 10
"""Videos of one account: TikTok takes about fifteen a day."""


def furnish(folder: Path) -> None:
    """Write the accounts file and make the media."""
    accounts = [f"  {name}: {{platform: x, handle: {name.replace('-', '_')}}}" for name in X] + [
        f"  {name}: {{platform: tiktok, handle: {name.replace('-', '_')}}}" for name in TIKTOK
    ]
    for name in PINS:
        handle = name.replace("-", "_")
        rooms = (
            "{desk: {board: Desk setups}, small: {board: Desk setups, section: Under one metre}}"
        )
        accounts.append(
            f"  {name}: {{platform: pinterest, handle: {handle}, communities: {rooms}}}"
        )
    (folder / "accounts.yaml").write_text(HEAD + "\n".join(accounts) + "\n", encoding="utf-8")
    for number, name in enumerate("ab"):
        picture(folder / f"{name}.jpg", name, (600, 900), 90 * number)
    video(folder / "a.mp4", seconds=3, width=540, height=960)


def pieces(chance: Random) -> Iterator[Piece]:
    """Yield pieces, each with words of its own: of five, two threads and one of each platform."""
    number, videos = 0, 0
    while True:
        for kind in (_thread, _single, _pin, _thread, _video):
            if kind is _video and videos >= MOST_VIDEOS * len(TIKTOK):
                continue
            videos += kind is _video
            number += 1
            yield kind(number, chance)


def _thread(number: int, chance: Random) -> Piece:
    parts = [f"Thread {number}, part {part}." for part in range(1, chance.randint(2, 4) + 1)]
    return _piece(number, chance.sample(X, 2), "\n---\n".join(parts))


def _single(number: int, chance: Random) -> Piece:
    media = chance.choice(("", "media: [{file: b.jpg, alt: 'A letter'}]\n"))
    return _piece(number, chance.sample(X, 2), f"Post {number} says this.", media)


def _pin(number: int, chance: Random) -> Piece:
    name = chance.choice(PINS)
    keys = f"title: Pin {number}\nmedia: [{{file: {chance.choice('ab')}.jpg, alt: 'A letter'}}]\n"
    room = chance.choice(("desk", "small"))
    return _piece(number, [f"{name}/{room}"], f"Pin {number} shows this.", keys)


def _video(number: int, chance: Random) -> Piece:
    del chance
    name = TIKTOK[number % len(TIKTOK)]
    return _piece(number, [f"{name}/public"], f"Film {number} shows this.", "media: [a.mp4]\n")


def _piece(number: int, targets: list[str], text: str, keys: str = "") -> Piece:
    return Piece(f"piece-{number}", f"[{', '.join(targets)}]", "", keys, text)
