"""Where calls or emulated answers differ from a vendor's own document on purpose, and why.

The vendor's document is not always what the vendor does. Each entry names its source; one that no
test meets any more fails the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.contract.vendor import Exchange


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference that is meant: which complaints it covers, why, and who says so."""

    name: str
    why: str
    source: str
    covers: Callable[[Exchange, str], bool]


X = (
    Deviation(
        "old words in a question",
        "The document knows `post.fields` and `referenced_posts` only. The prose still says "
        "`tweet.fields` and `referenced_tweets.id`; both are taken, and the answer mirrors the "
        "question.",
        "docs.x.com, x-api/fundamentals (2026-08-22); OpenAPI 2.166; measured live by a third "
        "party on 2026-08-23",
        lambda exchange, complaint: (
            complaint.startswith("request:")
            and exchange.method == "GET"
            and ("tweet.fields" in complaint or "referenced_tweets.id" in complaint)
        ),
    ),
    Deviation(
        "about:blank",
        "Many problems have the type about:blank, which the document's list leaves out.",
        "github.com/akrherz/iembot/issues/163 (2026-02)",
        lambda exchange, complaint: (
            complaint.startswith("response:")
            and exchange.status >= 400
            and b'"type":"about:blank"' in exchange.answer
        ),
    ),
    Deviation(
        "problem types seen live",
        "credits, user-suspended and client-forbidden are not in the document's list of types.",
        "github.com/tryethernal/ethernal/issues/1324; github.com/akrherz/iembot/issues/156; "
        "github.com/geduldig/TwitterAPI/issues/226",
        lambda exchange, complaint: (
            complaint.startswith("response:")
            and any(
                kind in exchange.answer
                for kind in (b"/credits", b"/user-suspended", b"/client-forbidden")
            )
        ),
    ),
    Deviation(
        "a refusal nobody has heard of",
        "The emulator can refuse with a type that does not exist yet, to see that it is taken for "
        "a refusal.",
        "a rule of this project",
        lambda exchange, complaint: (
            complaint.startswith("response:") and b"/brand-new-rule" in exchange.answer
        ),
    ),
)

PINTEREST = (
    Deviation(
        "times without an offset",
        "Pins and boards come back with naive times in UTC.",
        "github.com/pinterest/api-quickstart/issues/78 (2022)",
        lambda _, complaint: (
            complaint.startswith("response:") and "is not a 'date-time'" in complaint
        ),
    ),
)
