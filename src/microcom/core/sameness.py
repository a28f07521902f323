"""What deliveries say, as it is compared: texts, files with their link, and links at a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from microcom.core.shingles import NEAR, WEB, bands, bare, similarity
from microcom.core.text import links
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.core.post import Snapshot
    from microcom.core.target import Target


@dataclass(frozen=True, slots=True)
class Said:
    """What a delivery says, where and when; ``number`` is None for one not queued yet.

    ``circle`` is whose words are compared: project and client.
    """

    circle: tuple[str, str | None]
    platform: str
    target: Target
    post: str
    at: datetime
    zone: str
    snapshot: Snapshot
    number: int | None = None

    @property
    def text(self) -> str:
        """Return its words as they are compared."""
        return bare(" ".join((self.snapshot.title or "", *self.snapshot.parts)))

    @property
    def link(self) -> str:
        """Return the address in its link field as it is compared, "" where there is none."""
        return plain_link(self.snapshot.link or "")

    @property
    def files(self) -> frozenset[str]:
        """Return the files it shows, as people gave them: SHA-256 (hex)."""
        return frozenset(one.original or one.sha256 for one in self.snapshot.media)

    @property
    def links(self) -> frozenset[str]:
        """Return every address that it links to, as they are compared."""
        found = {self.link}
        for part in self.snapshot.parts:
            found.update(map(plain_link, WEB.findall(part)))
            found.update(plain_link(link.url) for link in links(WEB.sub(" ", part)))
        return frozenset(found) - {""}


@dataclass(frozen=True, slots=True)
class Likeness:
    """In which way two deliveries are alike, in words; ``mild`` is no more than warned about."""

    words: str
    mild: bool = False


def said_of(delivery: Delivery, snapshot: Snapshot) -> Said:
    """Return what a delivery of the queue says."""
    return Said(
        (delivery.project, delivery.client),
        delivery.platform,
        delivery.target,
        delivery.post,
        delivery.published or delivery.due,
        delivery.zone,
        snapshot,
        delivery.id,
    )


def marks(said: Said) -> Iterator[str]:
    """Yield the names under which a delivery is found by those that are like it."""
    circle = f"{said.circle[0]}\n{said.circle[1] or ''}\n{said.platform}"
    text, link = said.text, said.link
    if text:
        yield f"{circle}\ntext\n{text}"
    for number, band in enumerate(bands(text)):
        yield f"{circle}\nband {number}\n{band}"
    for file in sorted(said.files):
        yield f"{circle}\nfile\n{file}\n{link}"
        yield f"{circle}\nfile at {said.target}\n{file}\n{link}"
    for one in sorted(said.links):
        yield f"{circle}\nlink at {said.target}\n{one}"


def same_text(new: Said, old: Said) -> Likeness | None:
    """Compare the words of two accounts; what one account says twice is its own affair."""
    if new.target.account == old.target.account:
        return None
    mine, theirs = new.text, old.text
    if not (mine and theirs) or similarity(mine, theirs) < NEAR:
        return None
    return Likeness("the same text" if mine == theirs else "nearly the same text")


def same_media(new: Said, old: Said) -> Likeness | None:
    """Compare files that go with the same link; at another account's place it is mild."""
    if not new.files & old.files or new.link != old.link:
        return None
    words = "the same file and link" if new.link else "the same file"
    if new.target == old.target:
        return Likeness(words)
    return Likeness(words, mild=True) if new.target.account != old.target.account else None


def same_link(new: Said, old: Said) -> Likeness | None:
    """Compare the links of one place."""
    common = new.links & old.links
    if new.target != old.target or not common:
        return None
    return Likeness(f"the same link ({min(common)})")


def plain_link(url: str) -> str:
    """Return an address without what tells visits apart: ``utm_`` parameters and a fragment.

    Capitals of the host, a slash at the end and the protocol make no difference either. What is
    no address stays as it is.
    """
    if not url:
        return ""
    try:
        address = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        return url
    asked = [
        pair
        for pair in parse_qsl(address.query, keep_blank_values=True)
        if not pair[0].casefold().startswith("utm_")
    ]
    host, path = address.netloc.casefold(), address.path.rstrip("/.,;:!?)")
    return urlunsplit(("https", host, path, urlencode(asked), ""))
