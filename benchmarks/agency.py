"""An agency's queue, filled in bulk: clients, accounts that all post at the same seconds, a past.

Statements are one text for both engines. What is written is what queueing and publishing write, row
for row, so that tables and indexes are as large as theirs.
"""
# ruff: noqa: S608 - SQL is put together from this file's own constants

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from microcom import platforms
from microcom.core.login import Identity
from microcom.core.schedule import micros
from microcom.intake.cache import open_config

if TYPE_CHECKING:
    from microcom.intake.places import Places
    from microcom.store import Store

MARKS = 13
"""Rows of ``alike`` that a text of a line or two has."""
SPREAD = 274_877_906_951
"""What tells marks apart: a prime, so that their numbers lie anywhere in 63 bits."""
REMOTE = 1_000_000
PATIENT = "{ceiling: {hour: 50, day: 300}, sameness: {text: off, media: off, link: off}}"

# No text is too long for a page, and none is said twice. "n" counts deliveries from 0, "a" is the
# account's number; the operator % is not the same character everywhere.
NUMBERS = """WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL
        SELECT n + 1 FROM number WHERE n + 1 < :size),
    one AS (SELECT n, n - n / :accounts * :accounts AS a, n / :accounts AS round FROM number),
    who AS (SELECT n, round, 'acct-' || a AS account,
        'client-' || (a / :each) AS client,
        :world || ' x ' || ({remote} + a) AS lane, :first + round * :apart AS due,
        '{digest}' || (10000000 + :offset + n) AS digest FROM one)
    """.replace("{remote}", str(REMOTE)).replace("{digest}", "0" * 56)
SNAPSHOTS = """INSERT INTO snapshot (digest, body) SELECT digest,
    '{"parts":["Note ' || (:offset + n) || ' of a long day, written by nobody."]}' FROM who"""
DELIVERIES = """INSERT INTO delivery (id, world, project, post, account, community, kind, platform,
        client, lane, snapshot, state, revision, due_at, zone, wake_at, created_at, published_at,
        remote_id, url)
    SELECT :offset + n + 1, :world, 'agency', 'post-' || (:offset + n), account, 'timeline',
        'timeline', 'x', client, lane, digest, :state, 3, due, 'UTC',
        CASE :state WHEN 'queued' THEN due END, :first,
        CASE :state WHEN 'published' THEN due END,
        CASE :state WHEN 'published' THEN '9000000000' || (:offset + n) END,
        CASE :state WHEN 'published' THEN
            'https://x.com/' || account || '/status/9000000000' || (:offset + n) END
    FROM who"""
PLANNED = """INSERT INTO planned (delivery, source, at_words)
    SELECT :offset + n + 1, 'posts/' || client || '/post-' || (:offset + n) || '.md',
        '2031-01-01 09:00' FROM who"""
ALIKE = f"""INSERT INTO alike (mark, due_at, delivery)
    SELECT ((:offset + n) * {MARKS} + k) * {SPREAD}, due, :offset + n + 1 FROM who, (
        {" UNION ALL ".join(f"SELECT {k} AS k" for k in range(MARKS))}) AS kind"""
EVENT = """INSERT INTO event (at, actor, version, delivery, account, kind, data)
    SELECT :first, 'agency@machine', '0.1.0', :offset + n + 1, account, '{kind}', '{data}'
    FROM who"""
MARKED = """INSERT INTO mark (delivery, attempt, step, send, world, account, fingerprint, evidence,
        opens, epoch, owner, marked_at, deadline_at, state, cause, closed_at)
    SELECT :offset + n + 1, 1, 'post:0', 1, :world, account, digest,
        '{"text": "Note of a long day, written by nobody.", "reply_to": null}',
        1, 1, '0123456789abcdef', due, due + 30000000, 'answered', 'reply', due FROM who"""
ANSWERS = """INSERT INTO answer (mark, status, reply, remote_id, source, at)
    SELECT mark.id, 201, '{"data":{"id":"9000000000"}}', delivery.remote_id, 'reply', marked_at
    FROM mark JOIN delivery ON delivery.id = mark.delivery"""
PARTS = """INSERT INTO part (lane, remote_id, delivery, step, at)
    SELECT lane, remote_id, id, 'post:0', due_at FROM delivery WHERE remote_id IS NOT NULL"""
WAKES = """UPDATE lane SET next_at = (SELECT min(wake_at) FROM delivery
    JOIN account ON account.lane = lane.name AND account.name = delivery.account
    WHERE delivery.lane = lane.name AND wake_at IS NOT NULL)"""
QUEUED = ("queued", '{"post": "post-0"}')
SENT = (
    ("sending", '{"step": "post:0"}'),
    ("answered", '{"step": "post:0", "remote_id": "9000000000"}'),
    ("state", '{"before": "publishing", "after": "published", "reason": null}'),
)


@dataclass(frozen=True, slots=True)
class Agency:
    """How large an agency is; ``waiting`` and ``past`` are deliveries."""

    clients: int
    accounts: int
    waiting: int
    past: int

    @property
    def names(self) -> list[str]:
        """Return the accounts' names."""
        return [f"acct-{number}" for number in range(self.accounts)]

    @property
    def each(self) -> int:
        """Return how many accounts a client has."""
        return max(1, self.accounts // self.clients)

    def client_of(self, number: int) -> str:
        """Return whose an account is."""
        return f"client-{number // self.each}"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Deliveries in one state: all accounts at ``first``, and again every ``apart``."""

    state: str
    size: int
    offset: int
    first: datetime
    apart: timedelta


def write_agency(path: Path, agency: Agency) -> None:
    """Write the accounts file of an agency."""
    clients = dict.fromkeys(map(agency.client_of, range(agency.accounts)))
    lines = ["microcom: 1", "project: agency", "timezone: UTC", f"rules: {PATIENT}", "clients:"]
    lines += [f"  {name}: {{}}" for name in clients]
    lines += ["accounts:"]
    for number, name in enumerate(agency.names):
        facts = f"platform: x, handle: acct_{number}, client: {agency.client_of(number)}"
        lines.append(f'  {name}: {{{facts}, slots: ["daily 09:00 12:00 15:00 18:00"]}}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def settle_in(store: Store, places: Places, folder: Path, agency: Agency) -> None:
    """Note all accounts as a command would, each logged in."""
    config = open_config(places, platforms, str(folder / "accounts.yaml"), folder)
    with store.db.transaction():
        store.accounts.register(config, agency.names)
        for number, name in enumerate(agency.names):
            identity = Identity(str(REMOTE + number), name)
            store.accounts.identify(name, identity, timedelta())


def fill(store: Store, agency: Agency, first: datetime, *, bare: bool = False) -> None:
    """Queue what waits from ``first`` on, and what went out before it, ten rounds half a day.

    A ``bare`` queue has deliveries alone, without content and history.
    """
    apart = timedelta(minutes=72)
    past = first - apart * -(-agency.past // agency.accounts)
    stretches = (
        Stretch("published", agency.past, 0, past, apart),
        Stretch("queued", agency.waiting, agency.past, first, apart),
    )
    with store.db.transaction():
        for one in stretches:
            _write(store, agency, one, (DELIVERIES,) if bare else _texts(one.state))
        if agency.past and not bare:
            store.db.run(ANSWERS)
            store.db.run(PARTS)
        store.db.run(WAKES)


def _write(store: Store, agency: Agency, one: Stretch, texts: Sequence[str]) -> None:
    for text in texts if one.size else ():
        store.db.run(
            NUMBERS + text,
            **{
                name: value
                for name, value in _values(store, agency, one).items()
                if f":{name}" in NUMBERS + text
            },
        )


def _texts(state: str) -> Sequence[str]:
    sent = state == "published"
    events = (QUEUED, *SENT) if sent else (QUEUED,)
    said = [EVENT.replace("{kind}", kind).replace("{data}", data) for kind, data in events]
    return (SNAPSHOTS, DELIVERIES, PLANNED, ALIKE, *said, *((MARKED,) if sent else ()))


def _values(store: Store, agency: Agency, one: Stretch) -> dict[str, object]:
    return {
        "size": one.size,
        "accounts": agency.accounts,
        "each": agency.each,
        "world": store.world,
        "first": micros(one.first),
        "apart": one.apart // timedelta(microseconds=1),
        "offset": one.offset,
        "state": one.state,
    }
