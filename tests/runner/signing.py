"""Logging a stage's account in as a person does, through the emulated platform's own page."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from microcom.core.login import AppKind, Tokens, app_entry
from microcom.core.oauth import AppKeys
from microcom.runner.signin import begin, redeem
from microcom.testing.stage import Kit, Stage, bearer

if TYPE_CHECKING:
    from microcom.emulator.oauth import OAuth

SECRET = "hush-hush-hush-77"
BACK = "http://127.0.0.1:8085/callback"


def with_app(kit: Kit) -> Kit:
    """Return a kit whose account speaks through an app, and is named as its handle."""
    handle = kit.account.handle.replace("-", "_")
    return replace(kit, account=replace(kit.account, client_id="north", handle=handle))


def service(stage: Stage) -> OAuth:
    """Return how the stage's platform lets apps in."""
    assert stage.emulator.oauth is not None
    return stage.emulator.oauth


def agreed(stage: Stage, username: str | None = None) -> Tokens:
    """Return the tokens of a whole login: page, yes, code, exchange."""
    platform = stage.kit.platform
    way = platform.login.oauth2
    assert way is not None
    app = AppKeys("north", SECRET)
    service(stage).register("north", secret=SECRET, redirects=[BACK])
    attempt = begin(
        platform.name, way, app, redirect=BACK, scopes=platform.login.scopes, world="real"
    )
    with httpx.Client(transport=httpx.WSGITransport(app=stage.emulator)) as browser:
        page = browser.get(attempt.page)
        nonce = re.search(r'name="nonce" value="(\w+)"', page.text)
        assert nonce is not None, page.text
        form = {"nonce": nonce[1], "answer": "allow", "scope": list(platform.login.scopes)}
        name = username or stage.kit.account.name.replace("-", "_")
        answer = browser.post(attempt.page, data={**form, "username": name})
    assert answer.status_code == 302, answer.text
    code = attempt.code(answer.headers["location"])
    assert urlsplit(answer.headers["location"]).path == "/callback"
    nobody = replace(bearer(platform), access="")
    return redeem(stage.http(), nobody, attempt, code, stage.clock.now())


def log_in(stage: Stage) -> Tokens:
    """Log the stage's account in; its app's secret is in the vault."""
    account = stage.kit.account
    stage.secrets.write(app_entry(account.platform, account.client_id), SECRET)
    tokens = agreed(stage)
    stage.keep_tokens(tokens, AppKind.CONFIDENTIAL)
    stage.wire.calls.clear()
    stage.wire.count = 0
    return tokens
