"""Files made to fit, and files at addresses, from the command line to a sandbox."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.media.pictures import cup, phone_photo
from tests.runner.web import Page, served

from microcom.media.probe import look, probe

if TYPE_CHECKING:
    from tests.cli.house import House

    from microcom.core.media import Media

WORDS = ("--media", "phone.jpg", "--alt", "A cup", "--to")


@pytest.fixture(autouse=True)
def photo(tmp_path: Path) -> None:
    """Put a phone's photo into the current folder: on its side, and with a place in it."""
    phone_photo(tmp_path / "phone.jpg", (400, 300))


def _fixing(house: House, rules: str) -> None:
    file = house.home / "accounts.yaml"
    file.write_text(file.read_text() + rules)


def _out(house: House) -> list[Media]:
    """Return what the files are that the sandbox shows, in the order of its posts."""
    assert house.sandbox is not None
    (emulator,) = [one for one in house.sandbox.emulators if one.name == "x"]
    found = []
    for post in emulator.published():
        for one in post.media:
            kept = emulator.blobs.find(one.sha256)
            assert kept is not None
            media = probe(kept[1])
            assert media is not None
            found.append(media)
    return found


def test_a_place_is_pointed_out(rehearsal: House) -> None:
    """Without `media: fix` a photo goes out as it is, and it is said that it tells where it was."""
    said = rehearsal.run("post", "Hi", *WORDS, "acme-x")
    assert said.code == 0, said.err
    assert "phone.jpg says where it was taken (GPS), and goes out with it." in said.err
    assert [one.sha256 for one in _out(rehearsal)] == [look(Path("phone.jpg")).sha256]


def test_a_copy_goes_out_instead(rehearsal: House) -> None:
    """With `media: fix` a photo goes out upright and without its place, and that is said."""
    _fixing(rehearsal, "rules: {media: fix}\n")
    change = "phone.jpg: 300x400 JPEG ("
    rest = "kB), turned by 90° and without the place it was taken at."
    for more in (("--dry-run",), ()):
        said = rehearsal.run("post", "Hi", *WORDS, "acme-x", *more)
        assert said.code == 0, said.err
        assert change in said.err
        assert rest in " ".join(said.err.split())
        assert "says where it was taken" not in said.err
    (out,) = _out(rehearsal)
    assert ((out.width, out.height), out.turn, out.places) == ((300, 400), None, False)


def test_each_place_gets_its_own(rehearsal: House) -> None:
    """A copy is for the places whose rules ask for it; others get the file."""
    file = rehearsal.home / "accounts.yaml"
    text = file.read_text()
    file.write_text(text.replace("handle: acmecoffee}", "handle: acmecoffee, rules: {media: fix}}"))
    said = rehearsal.run("post", "Hi", *WORDS, "everyone")
    assert said.code == 0, said.err
    assert sorted(one.places for one in _out(rehearsal)) == [False, True]


def test_the_same_post_again_is_the_same(rehearsal: House) -> None:
    """A copy is the same each time, so that a second post shows the earlier receipt."""
    _fixing(rehearsal, "rules: {media: fix}\n")
    assert rehearsal.run("post", "Hi", *WORDS, "acme-x").code == 0
    said = rehearsal.run("post", "Hi", *WORDS, "acme-x", "--json")
    assert rehearsal.published() == ["Hi"]
    codes = [one["code"] for one in said.document["problems"]]
    assert codes == ["media.copy"]


def test_what_cannot_be_mended_is_refused(rehearsal: House) -> None:
    """What fixing cannot do stays a problem, with the rule it breaks and where that is from."""
    _fixing(rehearsal, "rules: {media: fix}\n")
    cup(rehearsal.home / "menu.png", (64, 64))
    Path("cut.png").write_bytes(Path("menu.png").read_bytes()[:200])
    assert rehearsal.run("post", "Hi", "--media", "cut.png", "--to", "acme-x").code == 2
    five = [word for _ in range(5) for word in ("--media", "menu.png")]
    said = rehearsal.run("post", "Hi", *five, "--to", "acme-x")
    assert said.code == 2
    assert "X takes 4 in a post." in said.err
    assert "(Rule: docs.x.com" in " ".join(said.err.split())


def test_check_knows_of_copies(rehearsal: House) -> None:
    """`check` says which copies would go out, and makes no folder that others may look into."""
    _fixing(rehearsal, "rules: {media: fix}\n")
    Path("hi.md").write_text("---\nto: acme-x\nmedia: [{file: phone.jpg, alt: x}]\n---\nHi\n")
    said = rehearsal.run("check", "hi.md")
    assert said.code == 0, said.err
    assert "phone.jpg: 300x400 JPEG" in said.out + said.err
    made = [path for path in (rehearsal.home / "sandbox").rglob("*") if path.is_dir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}


def test_a_file_at_an_address(rehearsal: House) -> None:
    """A picture at an address is fetched once, called by its name there, and posted."""
    with served(None, {"menu.png": Page(_png(rehearsal))}) as site:
        words = ("--media", site.url("/menu.png?sig=hunter2"), "--to", "acme-x")
        rehearsed = rehearsal.run("post", "Hi", *words, "--dry-run")
        assert "[menu.png: 64 x 64, " in rehearsed.out
        said = rehearsal.run("post", "Hi", *words)
    assert said.code == 0, said.err
    assert len(site.asked) == 1
    assert "hunter2" not in rehearsed.out + rehearsed.err + said.out + said.err
    assert [one.sha256 for one in _out(rehearsal)] == [look(Path("a.png")).sha256]


def test_a_broken_file_is_fetched_again(rehearsal: House) -> None:
    """What was cut off at its address is said to be, and asked for anew the next time."""
    whole = _png(rehearsal)
    with served(None, {"menu.png": Page(whole[:200])}) as site:
        words = ("post", "Hi", "--media", site.url("/menu.png"), "--to", "acme-x")
        said = rehearsal.run(*words)
        assert (said.code, "menu.png cannot be read to its end" in said.err) == (2, True)
        site.pages["/menu.png"] = Page(whole)
        assert rehearsal.run(*words).code == 0


def test_check_stays_offline(rehearsal: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` asks no address; it says so, and finds what can be found without."""
    with served(None, {"menu.png": Page(_png(rehearsal))}) as site:
        Path("hi.md").write_text(f"---\nto: acme-x\nmedia: {site.url('/menu.png')}\n---\n")
        said = rehearsal.run("check", "hi.md")
        assert (said.code, site.asked) == (0, [])
        assert "hi.md:3:8: " in said.out + said.err
        assert "was not looked at: it is an address." in said.out + said.err
        assert rehearsal.run("post", "hi.md").code == 0
        again = rehearsal.run("check", "hi.md")
        assert "not looked at" not in again.out + again.err  # it is known now
    Path("bad.md").write_text("---\nto: acme-x\nmedia: http://a.example/a.png\n---\nHi\n")
    monkeypatch.delenv("MICROCOM_SANDBOX")
    bad = rehearsal.run("check", "bad.md")
    assert (bad.code, "only https is fetched" in bad.out + bad.err) == (2, True)


def _png(house: House) -> bytes:
    cup(house.home / "a.png", (64, 64))
    return (house.home / "a.png").read_bytes()


def test_a_plan_knows_of_copies(rehearsal: House) -> None:
    """Applying the same files a second time changes nothing, copies and addresses included."""
    _fixing(rehearsal, "rules: {media: fix}\n")
    Path("posts").mkdir()
    with served(None, {"menu.png": Page(_png(rehearsal))}) as site:
        for name, file in (("here", "../phone.jpg"), ("there", site.url("/menu.png"))):
            keys = f"to: acme-x\nat: 2099-03-01 09:00\nmedia: [{{file: '{file}', alt: x}}]"
            Path(f"posts/{name}.md").write_text(f"---\n{keys}\n---\n{name}\n")
        planned = rehearsal.run("plan", "--json")
        assert planned.code == 0, planned.err
        assert "media.copy" in [one["code"] for one in planned.document["problems"]]
        assert rehearsal.run("apply").code == 0
    assert len(site.asked) == 1
    Path("phone.jpg").rename("renamed.jpg")
    Path("renamed.jpg").rename("phone.jpg")
    assert rehearsal.run("plan", "--exit-code").code == 0
