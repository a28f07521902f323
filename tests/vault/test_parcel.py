"""A parcel: secrets sealed for the way, under a passphrase or a key."""

from __future__ import annotations

import pytest

from microcom.errors import UserError
from microcom.vault import parcel

KEY = bytes(range(32))


@pytest.mark.parametrize("under", [{"key": KEY}, {"passphrase": "a long way from home"}])
def test_what_is_sealed_opens_again(under: dict[str, object]) -> None:
    """It opens under what it was sealed under, says which kind that is, and shows nothing."""
    closed = parcel.sealed(b"token-canary", **under)  # type: ignore[arg-type]
    assert b"canary" not in closed
    assert parcel.wants_passphrase(closed) is ("passphrase" in under)
    assert parcel.opened(closed, **under) == b"token-canary"  # type: ignore[arg-type]
    assert closed != parcel.sealed(b"token-canary", **under)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", [0, 5, 20, 25, 30, 40, -1])
def test_whatever_was_changed_does_not_open(place: int) -> None:
    """A changed byte, a cut end, another key or nothing at all are refused in words."""
    closed = bytearray(parcel.sealed(b"token", key=KEY))
    closed[place] ^= 1
    for bad in (bytes(closed), bytes(closed[:-3]), b"", b"\n"):
        with pytest.raises(UserError) as caught:
            parcel.opened(bad, key=KEY)
        assert caught.value.code == "parcel.key"
    with pytest.raises(UserError):
        parcel.opened(parcel.sealed(b"token", key=KEY), key=bytes(32))
    with pytest.raises(UserError):
        parcel.opened(parcel.sealed(b"token", passphrase="right"), passphrase="wrong")
