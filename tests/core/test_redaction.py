"""What is hidden on its way out, and what is left alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom import redaction
from microcom.errors import UserError
from microcom.redaction import HIDDEN, hide, redacted

LONG = "Zk3nq8vRt0LwXy2Bd5"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {LONG}",
        f"Authorization: Basic {LONG}",
        f"authorization: basic {LONG}=",
        f'OAuth oauth_consumer_key="k", oauth_signature="{LONG}"',
        f"https://up.example/?upload_token={LONG}&part=1",
        f"https://s3.example/?X-Amz-Signature={LONG}",
        f'{{"access_token": "{LONG}", "n": 1}}',
        f"grant_type=refresh_token&refresh_token={LONG}",
        f"http://127.0.0.1:8085/callback?code={LONG}&state=1",
        f"Set-Cookie: {LONG}",
        f"client_secret='{LONG}'",
        f"pina_{LONG}",
        f"act.{LONG}!4521.va",
        f"eyJhbGciOiJI.{LONG}.{LONG}",
    ],
)
def test_what_looks_like_a_secret(text: str) -> None:
    """Whatever has the shape of a secret is hidden; what stands around it is not."""
    said = redacted(text)
    assert LONG not in said
    assert HIDDEN in said


@pytest.mark.parametrize(
    "text",
    [
        "Use code=SUMMER25 for a token of our thanks.",
        "Our secret: butter. The password is swordfish.",
        "https://acme.example/menu?utm_source=x&utm_campaign=spring-opening-2026",
        "http://127.0.0.1:8000/x.com/acmecoffee/status/2124857978669498368",
        "token x 100000000000000001 app-id 7-ab12cd34",
        "A bearer of good news, and basic manners",
        "basic introductions for everybody",
        "user.info.basic user.info.profile video.publish",
    ],
)
def test_what_people_write(text: str) -> None:
    """Ordinary words and addresses stay as they are."""
    assert redacted(text) == text


@given(st.text(), st.text(), st.text())
def test_a_known_value_is_never_written(value: str, before: str, after: str) -> None:
    """A value that is known is hidden wherever it stands."""
    hide(f"canary-9-{value}")
    assert f"canary-9-{value}" not in redacted(f"{before}canary-9-{value}{after}")


def test_errors_hold_no_secret() -> None:
    """A sentence is without secrets from the moment that its error is made."""
    hide("canary-12345678")
    error = UserError("It said canary-12345678.", code="a.b", hint=f"Bearer {LONG}")
    assert "canary" not in f"{error} {error.message} {error.hint} {error.args}"
    assert LONG not in str(error.hint)


@given(
    st.sampled_from(redaction.SHAPES).flatmap(
        lambda one: st.from_regex(re.compile(one, re.IGNORECASE))
    )
)
def test_whatever_has_a_shape_is_looked_at(text: str) -> None:
    """No text that a shape is found in is passed by because nothing hinted at it."""
    assert any(hint in text.casefold() for hint in redaction.HINTS)
