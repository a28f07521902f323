"""A queue on a server: what commands say where it does not let them in, what doctor finds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

import pytest
from tests import postgres

from microcom.intake.places import find_places
from microcom.runner import doctor_server
from microcom.runner.clock import SystemClock
from microcom.store import open_store

if TYPE_CHECKING:
    from tests.cli.house import House, Said

pytestmark = pytest.mark.sqlite("it brings the addresses of its queues itself")

VARIABLE = "MICROCOM_SANDBOX_DATABASE"
_numbers = count()


@pytest.fixture
def name() -> str:
    """Return a name that nothing else on the server has."""
    return f"cli_{next(_numbers)}"


@pytest.fixture
def house(
    rehearsal: House, server: postgres.Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> House:
    """Return a house whose queue is on the server, with one delivery of later."""
    monkeypatch.setenv(VARIABLE, server.queue(name))
    assert rehearsal.run("post", "Latte", "--to", "acme-x", "--at", "2031-03-03 09:00").code == 0
    return rehearsal


@contextmanager
def passwords(server: postgres.Server, user: str) -> Iterator[None]:
    """Let the server ask a user for a password."""
    rules = server.data / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(f"host all {user} 127.0.0.1/32 scram-sha-256\n{before}")
    with server.session() as session:
        session.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'right'".encode())
        session.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            rules.write_text(before)
            session.execute("SELECT pg_reload_conf()")


def as_user(server: postgres.Server, user: str, name: str) -> str:
    """Return the address of a queue for a user, who may be written user:password."""
    return server.address(name).replace("postgres@", f"{user}@")


def test_a_wrong_password(
    house: House, server: postgres.Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, without the password; so is that one is asked for."""
    user = f"guarded_{name}"
    with passwords(server, user):
        monkeypatch.setenv(VARIABLE, as_user(server, f"{user}:wrong", name))
        said = house.run("run")
        assert said.code == 3
        assert "does not let this user in" in said.err
        assert "wrong" not in said.err
        monkeypatch.setenv(VARIABLE, as_user(server, user, name))
        said = house.run("run")
        assert said.code == 3
        assert "asks for a password" in said.err


def test_a_database_that_is_not_there(
    house: House, server: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, and how to make it."""
    monkeypatch.setenv(VARIABLE, server.address(database="nowhere"))
    said = house.run("run")
    assert said.code == 3
    assert "does not exist on that server" in said.err
    assert "createdb" in said.err


def test_a_server_that_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run, worker and queue list end with 3, and say that it cannot be reached."""
    nobody = f"postgresql://postgres@127.0.0.1:{postgres.free_port()}/postgres"
    monkeypatch.setenv(VARIABLE, nobody)
    for words in (("run",), ("worker",), ("queue", "list"), ("post", "A", "--to", "acme-x")):
        said = house.run(*words)
        assert said.code == 3, words
        assert "cannot be reached" in said.err


def test_an_encoding_that_cannot_hold_every_text(
    house: House, server: postgres.Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue is not made in a database of another encoding, and the way to one is said."""
    with server.session() as session:
        session.execute(
            f"CREATE DATABASE {name} ENCODING LATIN1 LOCALE 'C' TEMPLATE template0".encode()
        )
    monkeypatch.setenv(VARIABLE, server.address(database=name))
    said = house.run("post", "A", "--to", "acme-x")
    assert said.code == 3
    assert "its encoding is LATIN1" in said.err


def test_no_connection_left(
    house: House, server: postgres.Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, and that fewer workers want fewer."""
    user = f"crowded_{name}"
    with server.session() as session:
        session.execute(f"CREATE ROLE {user} LOGIN CONNECTION LIMIT 0".encode())
    monkeypatch.setenv(VARIABLE, as_user(server, user, name))
    said = house.run("run")
    assert said.code == 3
    assert "has no connection left" in said.err
    assert "--jobs" in said.err


LOOKS = (
    ("queue", "list"),
    ("queue", "show", "1"),
    ("calendar", "--from", "2031-03-03"),
    ("log",),
    ("accounts", "list"),
)
WRITES = (
    ("run",),
    ("worker",),
    ("queue", "cancel", "1"),
    ("post", "A", "--to", "acme-x"),
    ("pause", "acme-x"),
)


@pytest.fixture(params=["a role", "a session"])
def reader(
    request: pytest.FixtureRequest,
    house: House,
    server: postgres.Server,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    """Return a house whose user may only read: it was granted no more, or its sessions are so."""
    user = f"reader_{name}"
    grants = [f"CREATE ROLE {user} LOGIN", f"GRANT USAGE ON SCHEMA {name} TO {user}"]
    grants.append(f"GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {user}")
    if request.param == "a session":
        grants.append(f"ALTER ROLE {user} SET default_transaction_read_only = on")
    with server.session() as session:
        for grant in grants:
            session.execute(grant.encode())
    monkeypatch.setenv(VARIABLE, as_user(server, user, name))
    return house


def test_who_may_only_read_looks(reader: House) -> None:
    """Lists, calendar and log work for a user that may not write."""
    for words in LOOKS:
        said = reader.run(*words)
        assert said.code == 0, (words, said.err)
    assert reader.run("status").code in {0, 1, 5}


def test_who_may_only_read_is_told_so(reader: House) -> None:
    """Whatever would write ends with 3 and says why, and nothing is changed."""
    for words in WRITES:
        said = reader.run(*words)
        assert said.code == 3, (words, said.out)
        assert "may not be changed by this user" in said.err or "is read-only" in said.err


# --- doctor --------------------------------------------------------------------------------------


def findings(said: Said) -> dict[str, tuple[str, str]]:
    """Return what doctor found: level and words by what it is about."""
    return {row["about"]: (row["level"], row["what"]) for row in said.document["data"]["findings"]}


def test_doctor_finds_a_server_that_forgets(house: House, server: postgres.Server) -> None:
    """The test's own server takes back what it confirmed: a fault."""
    found = findings(house.run("doctor", "--json"))
    assert found["server"] == ("ok", f"PostgreSQL {server.version}")
    level, what = found["commits"]
    assert level == "fault"
    assert what.startswith("fsync and full_page_writes off")
    assert found["connections"][0] == "ok"
    assert found["server's clock"][0] == "ok"


def test_doctor_counts_connections(
    house: House, server: postgres.Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role that is allowed fewer than a run wants is warned about."""
    user = f"few_{name}"
    with server.session() as session:
        session.execute(f"CREATE ROLE {user} SUPERUSER LOGIN CONNECTION LIMIT 3".encode())
        session.execute(f"ALTER ROLE {user} NOSUPERUSER".encode())
        session.execute(f"GRANT ALL ON SCHEMA {name} TO {user}".encode())
        session.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {name} TO {user}".encode())
        session.execute(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA {name} TO {user}".encode())
    monkeypatch.setenv(VARIABLE, as_user(server, user, name))
    found = findings(house.run("doctor", "--json"))
    assert found["connections"] == (
        "warning",
        "the server takes 2 more connections; a run wants 6",
    )


def test_doctor_asks_for_shared_media(house: House, server: postgres.Server, name: str) -> None:
    """In the real world, media in a folder of this machine are warned about."""
    del house
    address = server.queue(f"{name}_real")
    store = open_store(address, "real", SystemClock(), actor="tester", create=True)

    def abouts(**variables: str) -> list[str]:
        places = find_places({"HOME": "/nowhere", "MICROCOM_DATABASE": address, **variables})
        return [finding.about for finding in doctor_server.look(places, store)]

    assert "shared media" in abouts()
    assert "shared media" not in abouts(MICROCOM_MEDIA="/srv/media")
    store.close()
