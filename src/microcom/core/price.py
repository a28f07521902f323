"""What publishing costs, from the platform's own price list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.core.text import has_link

if TYPE_CHECKING:
    from microcom.core.capability import Capabilities
    from microcom.core.post import Snapshot


def price(snapshot: Snapshot, capabilities: Capabilities) -> int | None:
    """Return the price in millionths of a US dollar, or None where none is known to be asked."""
    if capabilities.price is None:
        return None
    rates = capabilities.price
    posts = sum(rates.post_with_link if has_link(part) else rates.post for part in snapshot.parts)
    described = () if capabilities.media is None else capabilities.media.alt_kinds
    alts = sum(bool(one.alt) and one.kind in described for one in snapshot.media)
    return posts + rates.alt * alts
