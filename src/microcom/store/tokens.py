"""What is known of each login's tokens, but never a token: versions, ends, who is renewing.

A token pair lives in the vault under its ``slot``, a name of its own for each pair, and the row
here says which slot is the one in force. A renewal is claimed before it leaves (``asking`` names
the slot its answer will have) and counts by compare-and-set on ``version``: a login meanwhile wins.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from microcom.core.login import AppKind, token_name
from microcom.store.times import micros, moment, moment_or_none
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.store.accounts import Known
    from microcom.store.database import Database, Row

COLUMNS = """name, platform, client_id, kind, version, slot, scopes, issued_at, expires_at,
    refresh_expires_at, renewable, asking, asked_until, refused"""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What is known of a login's present token pair.

    ``name`` says whose, through which app; ``slot`` is its entry in the vault. ``kind`` is None
    for a token that a person brought. ``refused`` is why the platform does not renew it any more.
    """

    name: str
    platform: str
    client_id: str
    kind: AppKind | None
    version: int
    slot: str
    issued: datetime
    scopes: tuple[str, ...] | None = None
    expires: datetime | None = None
    refresh_expires: datetime | None = None
    renewable: bool = False
    asking: str = ""
    asked_until: datetime | None = None
    refused: str | None = None

    def is_of(self, known: Known) -> bool:
        """Say whether an account speaks with these tokens."""
        account = known.account
        name = token_name(account.platform, known.remote_id or "", account.client_id)
        return name == self.name

    @property
    def login(self) -> str:
        """Return whose they are, whatever the app: platform and remote id."""
        return self.name.removesuffix(f" {self.client_id or '-'}")

    def lapses(self) -> datetime | None:
        """Return when nobody can speak for the login any more without a person, None: never.

        A pair that renews itself is taken to be kept alive.
        """
        return self.refresh_expires if self.renewable else self.expires


class Tokens:
    """The facts about every login's tokens."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def find(self, name: str) -> TokenFacts | None:
        """Return the facts of that name, or None where nobody is logged in."""
        row = self._db.one(
            f"SELECT {COLUMNS} FROM token WHERE name = :name AND slot <> ''", name=name
        )
        return None if row is None else _facts(row)

    def all(self) -> list[TokenFacts]:
        """Return the facts of every login, by name."""
        rows = self._db.all(f"SELECT {COLUMNS} FROM token WHERE slot <> '' ORDER BY name")
        return [_facts(row) for row in rows]

    def refused(self) -> list[TokenFacts]:
        """Return the logins whose platform does not renew them any more, by name."""
        rows = self._db.all(
            f"""SELECT {COLUMNS} FROM token
                WHERE slot <> '' AND refused IS NOT NULL ORDER BY name"""
        )
        return [_facts(row) for row in rows]

    def due(self) -> list[TokenFacts]:
        """Return the logins that nobody has used for so long that they are to be renewed."""
        rows = self._db.all(
            f"SELECT {COLUMNS} FROM token WHERE renew_at <= :now ORDER BY renew_at",
            now=self._db.now(),
        )
        return [_facts(row) for row in rows]

    def next_renewal(self) -> datetime | None:
        """Return when the next login is to be kept alive."""
        return moment_or_none(
            self._db.value("SELECT min(renew_at) FROM token WHERE renew_at IS NOT NULL")
        )

    def version(self, name: str) -> int:
        """Return the newest version there was of a login's tokens, 0 before the first."""
        value = self._db.value("SELECT version FROM token WHERE name = :name", name=name)
        return int(value or 0)

    def claim(self, facts: TokenFacts, slot: str, until: datetime) -> bool:
        """Note that a renewal of this very pair is about to leave; say whether one may.

        Of many that ask at once, one may; nobody else before ``until``, or before it is over.
        """
        return bool(
            self._db.run(
                """UPDATE token SET asking = :slot, asked_until = :until
                   WHERE name = :name AND version = :version AND asking = :before
                   AND (asking = '' OR asked_until <= :now)""",
                slot=slot,
                until=micros(until),
                name=facts.name,
                version=facts.version,
                before=facts.asking,
                now=self._db.now(),
            )
        )

    def unclaim(self, name: str, slot: str) -> None:
        """Note that a renewal surely took no effect: it never left, or was refused."""
        self._db.run(
            "UPDATE token SET asking = '', asked_until = 0 WHERE name = :name AND asking = :slot",
            name=name,
            slot=slot,
        )

    def put(self, facts: TokenFacts, renew: datetime | None) -> bool:
        """Let a new pair be the one in force, if it follows the present version by one.

        ``renew`` is when it is renewed though nobody uses it.
        """
        return bool(
            self._db.run(
                """INSERT INTO token (name, platform, client_id, kind, version, slot, scopes,
                       issued_at, expires_at, refresh_expires_at, renewable, renew_at)
                   SELECT :name, :platform, :client_id, :kind, :version, :slot, :scopes,
                       :issued, :expires, :refresh_expires, :renewable, :renew
                   WHERE :version = 1 OR EXISTS (SELECT 1 FROM token WHERE name = :name)
                   ON CONFLICT (name) DO UPDATE SET platform = excluded.platform,
                       client_id = excluded.client_id, kind = excluded.kind,
                       version = excluded.version, slot = excluded.slot,
                       scopes = excluded.scopes, issued_at = excluded.issued_at,
                       expires_at = excluded.expires_at,
                       refresh_expires_at = excluded.refresh_expires_at,
                       renewable = excluded.renewable, renew_at = excluded.renew_at,
                       asking = '', asked_until = 0, refused = NULL
                   WHERE token.version = excluded.version - 1""",
                **_values(facts),
                renew=None if renew is None else micros(renew),
            )
        )

    def refuse(self, facts: TokenFacts, why: str) -> bool:
        """Note that the platform refuses to renew this very pair; say whether it is in force."""
        return bool(
            self._db.run(
                """UPDATE token SET refused = :why, renew_at = NULL, asking = '', asked_until = 0
                   WHERE name = :name AND version = :version""",
                why=why,
                name=facts.name,
                version=facts.version,
            )
        )

    def later(self, facts: TokenFacts, renew: datetime) -> None:
        """Try to keep a login alive again at ``renew``."""
        self._db.run(
            """UPDATE token SET renew_at = :renew
               WHERE name = :name AND version = :version AND renew_at IS NOT NULL""",
            renew=micros(renew),
            name=facts.name,
            version=facts.version,
        )

    def end(self, facts: TokenFacts) -> bool:
        """Let nobody be logged in any more; say whether this pair was the one in force."""
        return bool(
            self._db.run(
                """UPDATE token SET slot = '', version = version + 1, renew_at = NULL,
                       asking = '', asked_until = 0, refused = NULL
                   WHERE name = :name AND version = :version""",
                name=facts.name,
                version=facts.version,
            )
        )


def _values(facts: TokenFacts) -> dict[str, object]:
    return {
        "name": facts.name,
        "platform": facts.platform,
        "client_id": facts.client_id,
        "kind": None if facts.kind is None else facts.kind.value,
        "version": facts.version,
        "slot": facts.slot,
        "scopes": None if facts.scopes is None else " ".join(facts.scopes),
        "issued": micros(facts.issued),
        "expires": None if facts.expires is None else micros(facts.expires),
        "refresh_expires": None if facts.refresh_expires is None else micros(facts.refresh_expires),
        "renewable": facts.renewable,
    }


def _facts(row: Row) -> TokenFacts:
    (name, platform, client_id, kind, version, slot, scopes, issued, expires) = row[:9]
    (refresh_expires, renewable, asking, asked_until, refused) = row[9:]
    return TokenFacts(
        name=name,
        platform=platform,
        client_id=client_id,
        kind=None if kind is None else AppKind(kind),
        version=version,
        slot=slot,
        issued=moment(issued),
        scopes=None if scopes is None else tuple(scopes.split()),
        expires=moment_or_none(expires),
        refresh_expires=moment_or_none(refresh_expires),
        renewable=bool(renewable),
        asking=asking,
        asked_until=moment_or_none(asked_until) if asked_until else None,
        refused=refused,
    )
