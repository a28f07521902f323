"""What a PostgreSQL server says of itself: whether it keeps what it has confirmed, and has room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.store.database import Database

OLDEST = 14
"""The oldest version of PostgreSQL that a queue may be on."""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server as a queue sees it.

    ``lax`` are the settings with which a crash may take back what was confirmed. ``standbys``
    follow it, and it waits for them where it is ``synchronous``. ``left`` is how many more
    connections it takes, ``micros`` its time (microseconds since 1970). One that is ``nameless``
    does not tell which server it is.
    """

    version: str
    major: int
    lax: tuple[str, ...]
    standbys: int
    synchronous: bool
    left: int
    micros: int
    nameless: bool

    @property
    def is_too_old(self) -> bool:
        """Say whether it is older than what is supported."""
        return self.major < OLDEST


def facts_of(db: Database) -> ServerFacts:
    """Return what the server of a queue says of itself to whoever may use it."""
    (row,) = db.all(_FACTS)
    version, number, *settings, names, standbys, left = row
    lax = [name for name, value in zip(_SAFE, settings, strict=True) if value == "off"]
    return ServerFacts(
        version=str(version).split()[0],
        major=int(number) // 10_000,
        lax=tuple(lax),
        standbys=int(standbys),
        synchronous=bool(names),
        left=int(left),
        micros=db.now(),
        nameless=db.server() is None,
    )


_SAFE = ("fsync", "full_page_writes", "synchronous_commit")
_FACTS = f"""SELECT current_setting('server_version'), current_setting('server_version_num'),
    {", ".join(f"current_setting('{name}')" for name in _SAFE)},
    current_setting('synchronous_standby_names'),
    (SELECT count(*) FROM pg_stat_replication
        WHERE coalesce(application_name, '') <> 'pg_basebackup'),
    least(CAST(current_setting('max_connections') AS INT)
            - CAST(current_setting('superuser_reserved_connections') AS INT)
            - (SELECT sum(numbackends) FROM pg_stat_database),
        (SELECT CASE WHEN rolconnlimit < 0 THEN 100000 ELSE rolconnlimit
            - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) END
            FROM pg_roles WHERE rolname = current_user))"""
