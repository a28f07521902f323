"""Whether what the queue believes to have published is what a sandbox holds, exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from microcom.core.delivery import State
from microcom.store.filter import Filter
from microcom.values import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from microcom.core.delivery import Delivery
    from microcom.core.steps import JsonValue
    from microcom.store import Store

EVERY = 100_000
DONE = frozenset({State.PUBLISHED, State.HANDED_OVER})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a delivery (``number`` of ``whole``) and what the queue knows of it."""

    delivery: Delivery
    number: int
    whole: int
    text: str
    remote_id: str | None
    at: datetime | None
    media: tuple[str, ...] = ()
    """The SHA-256 (hex) of its files, in order."""

    @property
    def name(self) -> str:
        """Return the part in words."""
        return f"part {self.number} of #{self.delivery.id}"


def parts_of(store: Store) -> list[Part]:
    """Return every part of every delivery in the queue, in order, as of one moment."""
    with store.db.transaction():
        deliveries = store.queue.list(Filter(limit=EVERY))
        return [part for delivery in deliveries for part in _of(store, delivery)]


def differences(parts: Sequence[Part], ledger: Sequence[Mapping[str, JsonValue]]) -> Iterator[str]:
    """Yield, in words, every way in which receipts and ledger disagree."""
    for delivery in dict.fromkeys(part.delivery for part in parts):
        if delivery.state not in DONE:
            yield f"#{delivery.id} is {delivery.state}: {delivery.reason or 'no reason is known'}"
    yield from (f"{part.name} is not known to be out" for part in parts if part.remote_id is None)
    out = [part for part in parts if part.remote_id is not None]
    ours = Counter(
        (part.delivery.target.account, part.text, part.remote_id, part.media) for part in out
    )
    theirs = Counter(
        (post["account"], post["text"], post["remote_id"], _files(post)) for post in ledger
    )
    for account, text, remote_id, _ in (ours - theirs).elements():
        yield f"the sandbox does not hold {remote_id} of {account}: {text}"
    for account, text, remote_id, _ in (theirs - ours).elements():
        yield f"no receipt names {remote_id} of {account}: {text}"
    yield from _broken_threads(parts, ledger)


def _of(store: Store, delivery: Delivery) -> Iterator[Part]:
    snapshot = store.queue.snapshot(delivery)
    texts = snapshot.parts
    landed = [*store.journal.read(delivery).landed(), *([None] * len(texts))]
    for number, (text, mark) in enumerate(zip(texts, landed, strict=False), start=1):
        # Some platforms name what they made only once it is live: then the delivery knows it.
        remote_id = None if mark is None else mark.remote_id or delivery.remote_id
        yield Part(
            delivery=delivery,
            number=number,
            whole=len(texts),
            text="" if delivery.state is State.HANDED_OVER else text,
            remote_id=remote_id,
            at=None if mark is None else mark.answered,
            media=tuple(one.sha256 for one in snapshot.of_part(number - 1)),
        )


def _files(post: Mapping[str, JsonValue]) -> tuple[str, ...]:
    return tuple(one["sha256"] for one in post.get("media", ()))


def _broken_threads(
    parts: Sequence[Part], ledger: Sequence[Mapping[str, JsonValue]]
) -> Iterator[str]:
    answers = {post["remote_id"]: post["in_reply_to"] for post in ledger}
    for before, part in pairwise(parts):
        expected = before.remote_id if part.number > 1 else None
        if part.remote_id in answers and answers[part.remote_id] != expected:
            yield f"{part.name} hangs on {answers[part.remote_id]} instead of {expected}"
