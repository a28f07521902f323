"""Tokens are renewed in time, once, by one at a time; nothing that happens meanwhile loses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.conformance.kits import X_KIT
from tests.conformance.pinterest_kit import PINTEREST_KIT
from tests.conformance.tiktok_kit import TIKTOK_KIT
from tests.runner.signing import agreed, log_in, service, with_app

from microcom.core.delivery import Delivery, State
from microcom.core.login import AppKind, Tokens
from microcom.emulator.faults import Fault
from microcom.errors import StoreError, UserError
from microcom.runner.health import look
from microcom.store.accounts import Known
from microcom.store.tokens import TokenFacts
from microcom.testing.stage import Crash, Drawer, Kit, Stage, stages

KITS = {"x": X_KIT, "pinterest": PINTEREST_KIT, "tiktok": TIKTOK_KIT}
RENEWAL = "/2/oauth2/token"


@pytest.fixture(params=KITS)
def kit(request: pytest.FixtureRequest) -> Kit:
    """Return each platform's kit, its account with an app."""
    return with_app(KITS[request.param])


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Return a maker of stages for X."""
    with stages(with_app(X_KIT), tmp_path) as make:
        yield make


def facts_of(stage: Stage) -> TokenFacts:
    """Return what is known of the account's tokens."""
    (facts,) = [one for one in stage.store.tokens.all() if one.client_id == "north"]
    return facts


def account_of(stage: Stage) -> Known:
    """Return the account as the store has it."""
    known = stage.store.accounts.find(stage.kit.account.name)
    assert known is not None
    return known


def renewals(stage: Stage) -> int:
    """Return how many renewals left since the login."""
    return sum(call.url.endswith(RENEWAL) for call in stage.wire.calls)


def lapsed(stage: Stage) -> Delivery:
    """Return a delivery that is due when the access token has lapsed."""
    log_in(stage)
    stage.clock.sleep(3 * 3600)
    return stage.queue("Good morning")


def test_a_login_that_renews_itself(kit: Kit, tmp_path: Path) -> None:
    """What is due after the token has lapsed goes out over a renewal; the old pair is gone."""
    with stages(kit, tmp_path) as make:
        stage = make()
        first = log_in(stage)
        before = facts_of(stage)
        stage.clock.sleep((timedelta(days=35)).total_seconds())
        delivery = stage.queue()
        assert stage.play(delivery).state in {State.PUBLISHED, State.HANDED_OVER}
        after = facts_of(stage)
        assert after.version == before.version + 1
        assert service(stage).renewals == 1
        assert stage.secrets.read(before.slot) is None
        assert first.access not in str(stage.secrets.entries)
        assert stage.store.secrets.names("token ") == [after.slot, *_pasted(stage)]


def _pasted(stage: Stage) -> list[str]:
    """Return the entries of the token that the stage began with."""
    names = stage.store.secrets.names("token ")
    return [name for name in names if " - " in name]


def test_a_token_that_still_lives_is_not_renewed(make: Callable[..., Stage]) -> None:
    """Nobody renews on a timer what is not about to lapse."""
    stage = make()
    log_in(stage)
    stage.clock.sleep(1.9 * 3600)
    assert stage.play(stage.queue("Good morning")).state is State.PUBLISHED
    assert renewals(stage) == 0


def test_a_token_the_platform_calls_lapsed(make: Callable[..., Stage]) -> None:
    """A 401 before its time renews once and the post goes out once."""
    stage = make()
    tokens = log_in(stage)
    stage.emulator.end(tokens.access)
    assert stage.play(stage.queue("Good morning")).state is State.PUBLISHED
    assert renewals(stage) == 1
    assert stage.published() == ["Good morning"]


def test_a_platform_that_always_says_401(make: Callable[..., Stage]) -> None:
    """A second 401 after a renewal parks the account, and does not renew again and again."""
    stage = make()
    log_in(stage)
    stage.emulator.faults.arm(Fault("create_post", "401", count=50))
    delivery = stage.play(stage.queue("Good morning"))
    assert delivery.state is State.QUEUED
    assert account_of(stage).state == "parked"
    assert renewals(stage) == 1


def test_a_lost_answer_is_not_asked_for_again_on_a_guess(make: Callable[..., Stage]) -> None:
    """While the old token lives nobody shows the refresh token a second time; it is still good."""
    stage = make()
    log_in(stage)
    stage.clock.sleep(
        7200 - 70
    )  # it lapses in flight: 70 s are left, a call may take 30 and 30 more
    stage.wire.arm("lost_reply", path=RENEWAL)
    known = account_of(stage)
    credential = stage.access().of(known, lasting=10)
    assert renewals(stage) == 0
    stage.clock.sleep(15)
    credential = stage.access().of(known, lasting=10)
    assert (renewals(stage), credential.version) == (1, facts_of(stage).version)
    for _ in range(5):
        stage.access().of(known, lasting=1)
    assert renewals(stage) == 1


def test_a_lost_renewal_ends_with_a_person(make: Callable[..., Stage]) -> None:
    """Where the renewal took effect and its answer got lost, the platform's refusal parks."""
    stage = make()
    delivery = lapsed(stage)
    stage.wire.arm("lost_reply", path=RENEWAL)
    stage.work()
    assert (renewals(stage), account_of(stage).state) == (1, "active")
    assert stage.now(delivery).state is State.QUEUED
    stage.play(delivery)
    assert renewals(stage) == 2
    known = account_of(stage)
    assert known.state == "parked"
    assert "microcom login acme-x" in str(known.reason)
    assert stage.now(delivery).state is State.QUEUED
    assert stage.published() == []
    stage.keep_tokens(agreed(stage), AppKind.CONFIDENTIAL)
    stage.store.accounts.resume("acme-x")
    assert stage.play(delivery).state is State.PUBLISHED


@pytest.mark.parametrize("fault", ["lost_request", "never"])
def test_a_renewal_that_never_arrived(make: Callable[..., Stage], fault: str) -> None:
    """Where nothing arrived, the next renewal succeeds by itself; nobody is asked."""
    stage = make()
    delivery = lapsed(stage)
    if fault == "never":
        stage.wire.unplug(1)
    else:
        stage.wire.arm(fault, path=RENEWAL)
    assert stage.play(delivery).state is State.PUBLISHED
    assert account_of(stage).state == "active"
    assert service(stage).renewals == 1


@pytest.mark.parametrize("kind", ["503-before", "foreign", "429"])
def test_a_service_that_fails_ends_no_login(make: Callable[..., Stage], kind: str) -> None:
    """5xx, pages of others and limits at the token endpoint are waited out."""
    stage = make()
    delivery = lapsed(stage)
    stage.emulator.faults.arm(Fault("token", kind))
    assert stage.play(delivery).state is State.PUBLISHED
    assert service(stage).renewals == 1


class Dying(Drawer):
    """A vault of a process that dies around a write."""

    def __init__(self) -> None:
        super().__init__()
        self.fatal: str | None = None

    def write(self, name: str, value: str) -> None:
        """Keep an entry, or die before or after."""
        if self.fatal == "before":
            raise Crash
        super().write(name, value)
        if self.fatal == "after":
            raise Crash


def test_a_process_that_dies_with_the_new_pair_kept(make: Callable[..., Stage]) -> None:
    """A pair that was kept is taken over by the next process, without another renewal."""
    vault = Dying()
    stage = make(secrets=vault)
    delivery = lapsed(stage)
    vault.fatal = "after"
    with pytest.raises(Crash):
        stage.work()
    vault.fatal = None
    stage.rise()
    assert stage.play(delivery).state is State.PUBLISHED
    assert (renewals(stage), service(stage).renewals) == (1, 1)


@pytest.mark.parametrize("point", ["before leave", "before", "after"])
def test_a_process_that_dies_around_the_call(make: Callable[..., Stage], point: str) -> None:
    """Whenever it dies, nothing is asked for twice at once; what is lost is said to a person."""
    stage = make()
    delivery = lapsed(stage)
    stage.die(1, point)
    stage.work_and_die()
    stage.play(delivery)
    lost = point == "after"
    assert service(stage).renewals == 1
    assert stage.now(delivery).state is (State.QUEUED if lost else State.PUBLISHED)
    assert account_of(stage).state == ("parked" if lost else "active")


class Interrupting(httpx.BaseTransport):
    """A wire on which somebody logs in just before or after a renewal arrives."""

    def __init__(self, stage: Stage, when: str) -> None:
        self._stage = stage
        self._when = when
        self.made: Tokens | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Let a call leave, with a login around the first renewal."""
        first = request.url.path == RENEWAL and self.made is None and b"refresh" in request.read()
        if first and self._when == "before":
            self._log_in()
        response = self._stage.wire.handle_request(request)
        if first and self._when == "after":
            response.read()
            self._log_in()
        return response

    def _log_in(self) -> None:
        self.made = Tokens("-")  # the login's own exchange is no renewal
        self.made = agreed(self._stage)
        self._stage.keep_tokens(self.made, AppKind.CONFIDENTIAL)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_login_during_a_renewal(make: Callable[..., Stage], when: str) -> None:
    """Whichever is first, the login's tokens are in force and nobody is parked."""
    stage = make()
    delivery = lapsed(stage)
    known = account_of(stage)
    wire = Interrupting(stage, when)
    access = stage.access()
    access = replace(
        access, http=type(access.http)(sandbox=None, sleep=lambda _: None, transport=lambda: wire)
    )
    credential = access.of(known)
    assert wire.made is not None
    assert credential.access == wire.made.access
    assert account_of(stage).state == "active"
    assert stage.play(delivery).state is State.PUBLISHED
    slots = [name for name in stage.store.secrets.names() if " north " in name]
    assert slots == [facts_of(stage).slot]


def test_an_idle_login_is_kept_alive(kit: Kit, tmp_path: Path) -> None:
    """A login that nobody uses for years is renewed well before it would lapse."""
    with stages(kit, tmp_path) as make:
        stage = make()
        log_in(stage)
        for _ in range(20):
            wake = stage.store.tokens.next_renewal()
            assert wake is not None
            stage.clock.reach(wake)
            assert list(stage.access().keep_alive()) == []
        assert service(stage).renewals == 20
        assert stage.play(stage.queue()).state in {State.PUBLISHED, State.HANDED_OVER}


def test_a_login_that_was_ended_elsewhere(make: Callable[..., Stage]) -> None:
    """Keeping alive finds it out and parks the account with what to do; it asks once."""
    stage = make()
    log_in(stage)
    service(stage).end_account("acme-x")
    wake = stage.store.tokens.next_renewal()
    assert wake is not None
    stage.clock.reach(wake)
    (error,) = stage.access().keep_alive()
    assert error.code == "login.refused"
    assert account_of(stage).state == "parked"
    assert list(stage.access().keep_alive()) == []
    assert stage.store.tokens.next_renewal() is None
    said = {one.about: one.fix for one in look(stage.store, stage.clock.now())}
    assert (said["parked"], said["login"]) == ("microcom login acme-x", "microcom login acme-x")


def test_an_app_without_its_secret(make: Callable[..., Stage]) -> None:
    """Where the app's secret is gone, keeping alive says so and does not try every minute."""
    stage = make()
    log_in(stage)
    stage.secrets.delete("app x north")
    wake = stage.store.tokens.next_renewal()
    assert wake is not None
    stage.clock.reach(wake)
    (error,) = stage.access().keep_alive()
    assert error.code == "app.secret"
    assert "microcom apps secret" in str(account_of(stage).reason)
    again = stage.store.tokens.next_renewal()
    assert again is not None
    assert again - stage.clock.now() == timedelta(days=1)
    assert renewals(stage) == 0


class Overtaken(Drawer):
    """A vault in which somebody else renews just before a slot is read."""

    def __init__(self) -> None:
        super().__init__()
        self.first: Callable[[], object] | None = None

    def read(self, name: str) -> str | None:
        """Return an entry, after whatever happens first."""
        first, self.first = self.first, None
        if first is not None and name.startswith("token"):
            first()
        return super().read(name)


@pytest.mark.parametrize("lapses", [False, True])
def test_a_renewal_between_two_looks(make: Callable[..., Stage], *, lapses: bool) -> None:
    """A slot that was renewed away while it was looked for is no loss: the newer one is taken."""
    vault = Overtaken()
    stage = make(secrets=vault)
    tokens = log_in(stage)
    known = account_of(stage)
    if lapses:
        stage.clock.sleep(3 * 3600)
    other = stage.access()
    before = other.of(known) if not lapses else None
    vault.first = (
        (lambda: other.of(known)) if before is None else (lambda: other.renewed(known, before))
    )
    credential = stage.access().of(known)
    assert (credential.version, renewals(stage)) == (facts_of(stage).version, 1)
    assert credential.access != tokens.access


def test_a_lapsed_token_that_cannot_be_renewed_now(make: Callable[..., Stage]) -> None:
    """A 401 whose renewal could not be sent waits a while; the account is not parked for it."""
    stage = make()
    tokens = log_in(stage)
    stage.emulator.end(tokens.access)
    stage.wire.unplug(2)
    delivery = stage.queue("Good morning")
    stage.work()
    assert account_of(stage).state == "active"
    assert stage.play(delivery).state is State.PUBLISHED
    assert service(stage).renewals == 1


class Full(Drawer):
    """A vault on a disk that is full."""

    full = False

    def write(self, name: str, value: str) -> None:
        """Keep an entry, if there is room."""
        if self.full:
            message = "The disk is full."
            raise UserError(message, code="vault.file")
        super().write(name, value)


def test_a_vault_that_cannot_be_written_to(make: Callable[..., Stage]) -> None:
    """It is tried before the refresh token is spent: nothing leaves, and nothing is lost."""
    vault = Full()
    stage = make(secrets=vault)
    delivery = lapsed(stage)
    vault.full = True
    with pytest.raises(UserError):
        stage.work()
    assert (renewals(stage), facts_of(stage).asking) == (0, "")
    vault.full = False
    assert stage.play(delivery).state is State.PUBLISHED
    assert service(stage).renewals == 1


class Away(Drawer):
    """A vault in a database whose server restarts just as tokens come."""

    left = 0

    def write(self, name: str, value: str) -> None:
        """Keep an entry, unless the server is away."""
        if self.left and "access" in value:
            self.left -= 1
            message = "The connection was lost."
            raise StoreError(message, code="store.lost")
        super().write(name, value)


def test_a_vault_whose_server_restarts(make: Callable[..., Stage]) -> None:
    """A new pair whose old one is spent is written until it is kept: no login is lost by it."""
    vault = Away()
    stage = make(secrets=vault)
    delivery = lapsed(stage)
    vault.left = 5
    assert stage.play(delivery).state is State.PUBLISHED
    assert (vault.left, renewals(stage), service(stage).renewals) == (0, 1, 1)


class Worn(Drawer):
    """A vault in which one kind of entry is damaged."""

    damaged = "nothing"

    def read(self, name: str) -> str | None:
        """Return an entry, unless it is damaged."""
        if name.startswith(self.damaged):
            message = f"What should be `{name}` was changed."
            raise UserError(message, code="vault.damaged", hint="Log in anew.")
        return super().read(name)


@pytest.mark.parametrize("entry", ["token x", "app x"])
def test_an_entry_that_is_damaged(make: Callable[..., Stage], entry: str) -> None:
    """It stops the accounts that need it, by name, and no worker; a logout still works."""
    vault = Worn()
    stage = make(secrets=vault)
    delivery = lapsed(stage)
    vault.damaged = entry
    stage.play(delivery)
    assert (stage.now(delivery).state, account_of(stage).state) == (State.QUEUED, "parked")
    (finding,) = [one for one in look(stage.store, stage.clock.now()) if one.about == "parked"]
    assert stage.kit.account.name in finding.what
    assert f"What should be `{entry}" in finding.what
    assert renewals(stage) == 0
    facts = facts_of(stage)
    assert (stage.access().end(facts) is None) is (entry == "token x")
    assert stage.store.tokens.find(facts.name) is None


def test_slots_that_were_left_are_swept(make: Callable[..., Stage]) -> None:
    """What a killed process left in the vault is gone after the next renewal."""
    stage = make()
    delivery = lapsed(stage)
    stage.access().slots.reserve(f"token {facts_of(stage).name} 1-left")
    stage.play(delivery)
    assert [name for name in stage.store.secrets.names() if " north " in name] == [
        facts_of(stage).slot
    ]
