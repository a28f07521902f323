"""What each platform brings to the tests of the engine."""

from __future__ import annotations

from microcom.core.account import Account, Rules
from microcom.platforms import load
from microcom.platforms.x.emulator import XEmulator
from microcom.testing.stage import Kit

X = load("x")

X_KIT = Kit(
    platform=X,
    emulator=lambda clock: XEmulator(clock=clock),
    account=Account(
        name="acme-x",
        platform="x",
        handle="acme_x",
        project="p",
        timezone="UTC",
        client=None,
        app="x",
        communities={place.name: place for place in X.places},
        default=X.default,
        rules=Rules(),
    ),
    parts=("Eleven tries.", "Ten of them tasted of soap & more.", "See https://example.com/a"),
    publish="create_post",
)
