"""What the demo posts: two clients, eight rooms on three platforms, and files of its own making."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from microcom.values import dataclass

ACCOUNTS = """\
microcom: 1
project: demo
clients:
  acme: {name: Acme Coffee, timezone: Europe/Paris}
  lumen: {name: Lumen Studio, timezone: America/New_York}
apps:
  tiktok-demo: {platform: tiktok, audited: true}
accounts:
  acme-x: {platform: x, client: acme, handle: acme_x}
  acme-pins:
    platform: pinterest
    client: acme
    handle: acme_pins
    communities:
      home-bar: {board: Home bar}
      tulips: {board: Latte art, section: Tulips}
  acme-tiktok: {platform: tiktok, client: acme, handle: acme_tiktok}
  lumen-x: {platform: x, client: lumen, handle: lumen_x}
  lumen-pins:
    platform: pinterest
    client: lumen
    handle: lumen_pins
    communities:
      desks: {board: Desk setups}
      small-desks: {board: Desk setups, section: Under one metre}
"""

AHEAD = "+4s"
"""When the last post is due: a few seconds ahead."""
THREAD = (
    "The cardamom latte took us eleven tries.",
    "The first ten tasted of soap.",
    "The eleventh is on the menu from Friday.",
)
MEGABYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """One post of the campaign: its file's name, where it goes, what it is in words, its text."""

    name: str
    target: str
    what: str
    keys: str
    text: str
    at: str | None = None

    def write(self, folder: Path) -> Path:
        """Write the post's file."""
        path = folder / f"{self.name}.md"
        path.write_text(f"---\nto: {self.target}\n{self.keys}---\n{self.text}\n", encoding="utf-8")
        return path


PIECES: Sequence[Piece] = (
    Piece(
        "latte-thread",
        "acme-x",
        "a thread of three parts with pictures",
        "media:\n"
        "  - {file: latte.jpg, alt: 'A latte with a tulip drawn in its foam, from above'}\n"
        "  - {file: menu.jpg, alt: 'The winter menu: five drinks in chalk', part: 3}\n",
        "\n---\n".join(THREAD),
        "+1s",
    ),
    Piece(
        "winter-menu",
        "acme-pins/home-bar",
        "a carousel of three pictures",
        "title: The winter menu is here\nlink: https://acme.example/menu/winter\n"
        "media: [{file: menu.jpg, alt: 'Five drinks in chalk'}, {file: latte.jpg, alt: ''},"
        " {file: beans.jpg, alt: ''}]\n",
        "Five drinks, one of them never served before.",
    ),
    Piece(
        "tulip",
        "acme-pins/tulips",
        "a pin in a section",
        "title: A tulip in eleven tries\n"
        "media: [{file: latte.jpg, alt: 'A latte with a tulip drawn in its foam'}]\n",
        "Pour slowly, then lift: the recipe is on our page.",
    ),
    Piece(
        "pouring",
        "acme-tiktok/public",
        "a video in several chunks",
        "media: [pour.mp4]\nlabels: {brand: own}\n",
        "Eleven tries in fifteen seconds #latteart",
    ),
    Piece(
        "pouring-draft",
        "acme-tiktok/inbox",
        "a draft for the app's inbox",
        "media: [draft.mp4]\n",
        "Which pour is yours?",
    ),
    Piece(
        "open-studio",
        "lumen-x",
        "an animated GIF",
        "media: [{file: lamp.gif, alt: 'A desk lamp that goes on and off'}]\n",
        "The studio is open this afternoon. Bring the desk you are not proud of.",
    ),
    Piece(
        "desk-tour",
        "lumen-pins/desks",
        "a video pin with a cover",
        "title: One desk, one minute\nmedia: [{file: desk.mp4, cover: 1}]\n",
        "From an empty room to a place to work.",
    ),
    Piece(
        "small-desk",
        "lumen-pins/small-desks",
        "a pin for a few seconds later",
        "title: 80 centimetres are enough\n"
        "media: [{file: desk.jpg, alt: 'A small oak desk under a window'}]\n",
        "A desk that fits between a door and a window.",
        AHEAD,
    ),
)


def make_media(folder: Path) -> None:
    """Make the campaign's pictures, its animated GIF and its videos."""
    from microcom.media.samples import animation, picture, video

    pictures = {
        "latte": ("Latte", 25),
        "menu": ("Winter menu", 140),
        "beans": ("Beans", 45),
        "desk": ("80 cm", 205),
    }
    for name, (words, hue) in pictures.items():
        picture(folder / f"{name}.jpg", words, (1000, 1500), hue)
    animation(folder / "lamp.gif")
    video(folder / "pour.mp4", seconds=6, width=720, height=1280, at_least=12 * MEGABYTES)
    video(folder / "draft.mp4", seconds=3, width=540, height=960)
    video(folder / "desk.mp4", seconds=5, width=720, height=1280)
