"""Network faults inside one process: what the service does, and what the caller hears."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from microcom.core.bodies import Json
from microcom.core.login import Credential
from microcom.core.steps import Call, Effect
from microcom.emulator import Emulator
from microcom.platforms import emulator
from microcom.runner.http import Http, NotConnectedError, SilenceError
from microcom.testing.faults import FAULTS, Wire

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "a-token"
CREDENTIAL = Credential("real", ("api.x.com",), TOKEN)


class Line:
    """A caller, a wire, and a service at its end."""

    def __init__(self) -> None:
        service = emulator("x", clock=lambda: NOON, lock=nullcontext())
        assert service is not None
        self.service: Emulator = service
        self.service.grant(TOKEN, "acme")
        self.wire = Wire.of([self.service])
        self.slept: list[float] = []
        self.http = Http(sandbox=None, sleep=self.slept.append, transport=lambda: self.wire)
        self.at_leave: list[list[str]] = []
        """What was published when leave was asked for, each time."""

    def publish(self, text: str) -> int:
        """Publish and return the status."""
        return self.http.send(_call(text), CREDENTIAL, self._leave).status

    def published(self) -> list[str]:
        """Return what the service published."""
        return [entry["text"] for entry in self.service.ledger()]

    def _leave(self) -> None:
        self.at_leave.append(self.published())


@pytest.fixture
def line() -> Line:
    """A line without faults."""
    return Line()


def test_without_a_fault_a_call_arrives(line: Line) -> None:
    """A call takes effect and is answered; leave was asked once, before anything happened."""
    assert line.publish("Hi") == 201
    assert line.published() == ["Hi"]
    assert line.at_leave == [[]]


@pytest.mark.parametrize(
    ("fault", "published", "says"),
    [
        ("lost_request", [], "no answer in time"),
        ("lost_reply", ["Hi"], "no answer in time"),
        ("reset", ["Hi"], "the connection broke"),
        ("stall", [], "no answer in time"),
        ("cut_body", ["Hi"], "the connection ended too soon"),
        ("trickle", ["Hi"], "no answer in time"),
    ],
)
def test_each_fault_is_silence_to_the_caller(
    line: Line, fault: str, published: list[str], says: str
) -> None:
    """Whether it took effect or not, the caller learns nothing; the mark was made before."""
    line.wire.arm(fault)
    with pytest.raises(SilenceError, match=says):
        line.publish("Hi")
    assert line.published() == published
    assert line.at_leave == [[]]
    assert line.publish("Ho") == 201


def test_a_stalled_call_arrives_late(line: Line) -> None:
    """What was stalled takes effect when the wire lets it through, once."""
    line.wire.arm("stall")
    with pytest.raises(SilenceError):
        line.publish("Hi")
    assert line.published() == []
    assert line.wire.deliver_late() == 1
    assert line.published() == ["Hi"]
    assert line.wire.deliver_late() == 0


def test_a_fault_waits_for_its_call(line: Line) -> None:
    """Only the nth call of a method and path meets a fault, and so many after it."""
    line.wire.arm("lost_reply", method="POST", path="/2/tweets", nth=2, count=2)
    line.http.send(_whose(), CREDENTIAL)
    heard = []
    for number in range(4):
        try:
            heard.append(line.publish(f"Post {number}"))
        except SilenceError:
            heard.append(0)
    assert heard == [201, 0, 0, 201]
    assert [call.fault for call in line.wire.calls] == [
        *(None, None, "lost_reply", "lost_reply", None)
    ]


def test_a_read_that_got_lost_is_asked_again(line: Line) -> None:
    """A call that changes nothing is simply made again."""
    line.wire.arm("lost_reply", method="GET", count=2)
    assert line.http.send(_whose(), CREDENTIAL).status == 200
    assert len(line.wire.calls) == 3
    assert len(line.slept) == 1


def test_faults_can_be_forgotten(line: Line) -> None:
    """What was armed and not met is gone when it is cleared."""
    line.wire.arm("reset")
    line.wire.clear()
    assert line.publish("Hi") == 201


def test_only_faults_that_exist_are_armed(line: Line) -> None:
    """A name that is none is refused with those there are."""
    with pytest.raises(ValueError, match="lost_request"):
        line.wire.arm("gremlins")


def test_a_host_that_nobody_owns_is_not_connected(line: Line) -> None:
    """A call to a host outside the test surely never left."""
    call = replace(_call("Hi"), url="https://api.nowhere.example/")
    nobody = replace(CREDENTIAL, hosts=("api.nowhere.example",))
    asked: list[str] = []
    with pytest.raises(NotConnectedError):
        line.http.send(call, nobody, lambda: asked.append("leave"))
    assert asked == []


def test_leave_that_is_refused_stops_the_call(line: Line) -> None:
    """Where leave is not given, nothing arrives."""

    def refuse() -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        line.http.send(_call("Hi"), CREDENTIAL, refuse)
    assert line.published() == []


def test_every_fault_is_described() -> None:
    """Each name says what it does."""
    assert all(FAULTS.values())
    assert len(FAULTS) == 6


def _call(text: str) -> Call:
    return Call(
        name="post:0",
        method="POST",
        url="https://api.x.com/2/tweets",
        effect=Effect.PUBLISH,
        body=Json({"text": text}),
        remote_id="data.id",
    )


def _whose() -> Call:
    return Call(name="me", method="GET", url="https://api.x.com/2/users/me", effect=Effect.READ)
