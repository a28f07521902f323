"""The calls a delivery would make, without making them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.core.steps import Call, Reply, Stale, Wait, merge, pack

if TYPE_CHECKING:
    from microcom.core.passage import Outgoing
    from microcom.core.platform import Platform
    from microcom.core.steps import JsonValue


def rehearse(platform: Platform, delivery: Outgoing) -> list[Call | Wait]:
    """Return what publishing would do, in order; replies are named instead of known.

    Where a conversation depends on what the platform answers, it is followed as far as it goes:
    to the first question that is asked again.
    """
    steps = platform.publish(delivery)
    items: list[Call | Wait] = []
    asked: set[str] = set()
    try:
        item = next(steps)
        while not isinstance(item, Stale) and not _is_again(item, asked):
            if not _is_nothing(item):
                items.append(item)
            item = steps.send(imagined(item))
    except StopIteration:
        return items
    finally:
        steps.close()
    return items


def _is_nothing(item: Call | Wait) -> bool:
    return isinstance(item, Wait) and item.seconds == 0


def _is_again(item: Call | Wait, asked: set[str]) -> bool:
    """Say whether a call was made before; note that it is made now."""
    if isinstance(item, Wait):
        return False
    before = item.name in asked
    asked.add(item.name)
    return before


def imagined(item: Call | Wait, tale: str = "", *, ends: bool = False) -> Reply:
    """Return a reply that names what is not known; one of another ``tale`` names it otherwise.

    With ``ends``, a question that is asked until something is so is told that it is.
    """
    if isinstance(item, Wait):
        return Reply(0)
    reply = Reply(200)
    for path in item.visible:
        reply = Reply(200, {}, _with(reply, path, f"<{path} of {item.name}>{tale}"))
    if ends and item.until is not None:
        path, value = item.until
        reply = Reply(200, {}, _with(reply, path, value))
    return reply


def _with(reply: Reply, path: str, value: JsonValue) -> bytes:
    tree: object = value
    for key in reversed(path.split(".")):
        tree = {key: tree}
    return merge(reply.body or b"{}", pack(tree, (path,)))
