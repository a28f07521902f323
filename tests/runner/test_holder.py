from __future__ import annotations

from dataclasses import replace

from microcom.runner.worker import Holder


def test_a_process_of_this_machine_is_known_to_be_gone() -> None:
    """One of the same machine whose number somebody else has by now, or nobody, is gone."""
    me = Holder.me()
    assert not me.is_gone(me)
    assert replace(me, born="1").is_gone(me)
    assert replace(me, pid=2**22 + 1).is_gone(me)


def test_a_process_of_a_machine_of_the_same_name_is_left_alone() -> None:
    """Machines are copied, names and all: what runs on another one cannot be seen from here."""
    me = Holder.me()
    name, _, kernel = me.host.partition(":")
    assert kernel
    other = replace(me, host=f"{name}:0badb007-1", born="1")
    assert not other.is_gone(me)
    assert other.name == f"process {me.pid} on {name}"


def test_a_holder_is_written_and_read() -> None:
    """What stands in the lane is enough to know the holder again; anything else is nobody."""
    me = Holder.me()
    assert Holder.read(str(me)) == me
    assert Holder.read("somebody") is None
