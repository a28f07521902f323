"""Postcards: a made-up place where an account pins short texts to one wall."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from microcom.core.account import Account, Community
from microcom.core.bodies import Json
from microcom.core.capability import Capabilities, Ceiling, Proof, TextRule
from microcom.core.compose import check
from microcom.core.limit import Limit
from microcom.core.login import Identity, Login
from microcom.core.passage import Outgoing, Receipt
from microcom.core.platform import Platform
from microcom.core.post import Snapshot
from microcom.core.problem import Problem
from microcom.core.settling import Landed, Mark, Seen, Unsure, Verdict, Wanted, Window, judge
from microcom.core.steps import Call, Effect, Reply, Steps
from microcom.core.text import Counting
from microcom.emulator import Emulator, Published
from microcom.emulator.call import Answer, Refusal, Request, Route
from microcom.errors import NeedsLogin, PlatformError, Rejected

API = "https://api.postcards.example"
WEB = "https://postcards.example"


class Postcards(Platform):
    """What microcom has to know of the place, and how to speak to it."""

    name = "postcards"
    capabilities: Mapping[str, Capabilities] = {
        "wall": Capabilities(
            kind="wall",
            text=TextRule(limit=140, counting=Counting.CODEPOINTS),
            thread_parts=1,
            part_gap=0.0,
            ceiling=Ceiling(hour=10, day=50),
            price=None,
            proof=Proof(
                lands_within=timedelta(seconds=60),
                visible_within=timedelta(seconds=60),
                can_prove_absence=True,
            ),
            source="made up",
        )
    }
    login = Login(scopes=("cards",), token_page=f"{WEB}/tokens", hosts=("api.postcards.example",))
    places = (Community("wall", "wall", about="everybody who walks by"),)
    default = "wall"

    def validate(self, snapshot: Snapshot, account: Account, community: Community) -> list[Problem]:
        """Return what data says against a post; rules beyond data would be added here."""
        del account
        facts = self.capabilities[community.kind]
        return check(snapshot, facts, rules=community.rules, place="Postcards")

    def identify(self) -> Steps[Identity]:
        """Ask whose token it is, and for their newest card."""
        me = yield Call(name="me", method="GET", url=f"{API}/me", effect=Effect.READ)
        newest = me.at_path("newest")
        return Identity(str(me.at_path("id")), str(me.at_path("name")), newest)

    def publish(self, delivery: Outgoing) -> Steps[Receipt]:
        """Pin one card: one call that people see."""
        text = delivery.snapshot.parts[0]
        reply = yield Call(
            name="card",
            method="POST",
            url=f"{API}/cards",
            effect=Effect.PUBLISH,
            body=Json({"text": text}),
            keeps=("id",),
            remote_id="id",
            evidence={"text": text},
        )
        card = str(reply.at_path("id"))
        return Receipt(card, f"{WEB}/cards/{card}", (card,))

    def settle(self, mark: Mark, owned: Collection[str]) -> Steps[Verdict]:
        """Look at the wall for a card that this call made."""
        reply = yield Call(name="wall", method="GET", url=f"{API}/cards", effect=Effect.READ)
        cards = reply.at_path("cards")
        if not isinstance(cards, list):
            return Unsure("the wall could not be read", WEB)
        seen = [
            Seen(str(card["id"]), datetime.fromisoformat(card["at"]), {}, str(card["text"]))
            for card in cards
        ]
        wanted = Wanted({}, str(mark.evidence["text"]))
        found = judge(mark, wanted, Window(seen, whole=True), owned)
        if isinstance(found, Seen):
            return Landed(Reply(201, {}, Json({"id": found.remote_id}).encoded(), found.made))
        return found

    def explain(self, reply: Reply) -> PlatformError | None:
        """Read the place's own errors: ``{"error": {"code": ..., "words": ...}}``."""
        code = reply.at_path("error.code")
        if not isinstance(code, str) or reply.status >= 500:
            return None
        if code == "token":
            return NeedsLogin("The token is not accepted.", code="postcards.token")
        return Rejected(f"Postcards refuses it: {code}.", code="postcards.refused")

    def limits(self, call: Call) -> Sequence[Limit]:
        """Return the limit on new cards: it is known, and no reply tells of it."""
        cards = Limit("cards", 30, timedelta(minutes=1), slides=True)
        return (cards,) if call.name == "card" else ()


class PostcardsEmulator(Emulator):
    """The place on this machine, as strict as the real one."""

    name = "postcards"
    hosts = ("api.postcards.example",)
    sites = ("postcards.example",)

    def furnish(self) -> None:
        """Make what the place keeps."""
        self.cards: list[Published] = []

    def endpoints(self) -> Iterable[Route]:
        """Return the endpoints."""
        return (
            Route("me", "GET", "/me", self._me),
            Route("create", "POST", "/cards", self._create),
            Route("wall", "GET", "/cards", self._wall, lists=True),
        )

    def refusals(self) -> Mapping[str, Callable[[Request], Answer]]:
        """Return the refusals that can be switched on."""
        return {
            "token": lambda _: _refused(401, "token"),
            "taste": lambda _: _refused(422, "taste"),
        }

    def broken(self, status: int) -> Answer:
        """Return a 5xx without a word."""
        return Answer(status)

    def unknown(self, request: Request) -> Answer:
        """Return a 404 in the place's words."""
        return _refused(404, f"no {request.path}")

    def published(self) -> Sequence[Published]:
        """Return every card."""
        return self.cards

    def recognised(self, address: str) -> str | None:
        """Return the card at an address."""
        return address.rpartition("/cards/")[2] or None

    def _me(self, request: Request) -> Answer:
        account = self._account(request)
        own = [card.remote_id for card in self.cards if card.account == account]
        newest = own[-1] if own else None
        return Answer.of_json(200, {"id": f"u-{account}", "name": account, "newest": newest})

    def _create(self, request: Request) -> Answer:
        account, body = self._account(request), request.json()
        text = body.get("text") if isinstance(body, dict) and set(body) == {"text"} else None
        if not isinstance(text, str) or not 0 < len(text) <= 140:
            return _refused(422, "text")
        card = f"c{len(self.cards) + 1}"
        url = f"{WEB}/cards/{card}"
        made = Published("postcards", account, account, card, "card", request.at, text, None, url)
        self.cards.append(made)
        return Answer.of_json(201, {"id": card})

    def _wall(self, request: Request) -> Answer:
        account = self._account(request)
        own = [card for card in self.cards if card.account == account]
        shown = [{"id": c.remote_id, "at": c.at.isoformat(), "text": c.text} for c in own]
        return Answer.of_json(200, {"cards": shown})

    def _account(self, request: Request) -> str:
        grant = self.holder(request)
        if grant is None:
            raise Refusal(_refused(401, "token"))
        return grant.account


def _refused(status: int, code: str) -> Answer:
    return Answer.of_json(status, {"error": {"code": code, "words": "Sorry."}})


platform = Postcards()
platform.emulator = PostcardsEmulator  # type: ignore[attr-defined]  # what the sandbox looks for
