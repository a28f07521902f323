"""X with OAuth 1.0a: every call is signed, nothing is renewed, and the four secrets stay secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.conformance.kits import X_MEDIA_KIT

from microcom.core.delivery import State
from microcom.core.login import AppKind, Tokens, app_entry
from microcom.platforms.x.emulator import XEmulator
from microcom.testing.stage import ManualClock, Stage, stages

KEY, SECRET = "consumer-key-1", "consumer-secret-55aa"
TOKEN, TOKEN_SECRET = "user-token-77bb", "user-secret-99cc"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return an account of an OAuth 1.0a app, with a thread of pictures and video to post."""
    account = replace(X_MEDIA_KIT.account, client_id=KEY)
    kit = replace(X_MEDIA_KIT, account=account)
    with stages(kit, tmp_path) as make:
        # oauthlib stamps calls with this machine's time, so the service's clock is that too.
        stage = make(clock=ManualClock(datetime.now(UTC)))
        assert isinstance(stage.emulator, XEmulator)
        stage.emulator.signatures.register(KEY, SECRET, TOKEN, TOKEN_SECRET, account=account.name)
        stage.secrets.write(app_entry("x", KEY), SECRET)
        stage.keep_tokens(Tokens(TOKEN, secret=TOKEN_SECRET), AppKind.OAUTH1)
        yield stage


def test_a_thread_goes_out_signed(stage: Stage) -> None:
    """Posts, uploads in chunks and looks are let in by their signatures alone."""
    assert stage.play(stage.queue()).state is State.PUBLISHED
    assert stage.published() == list(stage.kit.parts)
    assert stage.store.tokens.next_renewal() is None


@pytest.mark.parametrize("wrong", ["app", "token"])
def test_a_secret_that_is_wrong(stage: Stage, wrong: str) -> None:
    """A signature that does not hold parks the account; nothing is renewed and nothing is out."""
    if wrong == "app":
        stage.secrets.write(app_entry("x", KEY), "something-else-11")
    else:
        stage.keep_tokens(Tokens(TOKEN, secret="something-else-11"), AppKind.OAUTH1)
    delivery = stage.play(stage.queue())
    assert delivery.state is State.QUEUED
    known = stage.store.accounts.find(stage.kit.account.name)
    assert known is not None
    assert known.state == "parked"
    assert stage.published() == []


def test_a_call_that_is_sent_twice(stage: Stage) -> None:
    """The emulated X takes a signature once."""
    assert isinstance(stage.emulator, XEmulator)
    assert stage.play(stage.queue()).state is State.PUBLISHED
    assert len(stage.emulator.signatures.nonces) >= len(stage.wire.calls)
