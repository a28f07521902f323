"""Pictures and video from the command line to a sandbox, as a person sees it."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of

from microcom.media.kept import MediaStore
from microcom.media.samples import animation, picture, video

if TYPE_CHECKING:
    from tests.cli.house import House


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    """Put a picture, a GIF and a film into the current folder."""
    picture(tmp_path / "menu.jpg", "Menu", (600, 400), 20)
    animation(tmp_path / "lamp.gif", (64, 64), 4)
    video(tmp_path / "pour.mp4", seconds=0.6, width=64, height=96)


def _media(house: House) -> list[list[str]]:
    assert house.sandbox is not None
    return [
        [one["alt"] for one in post.get("media", ())] for post in house.sandbox.ledger()["posts"]
    ]


def test_a_picture_with_words(rehearsal: House) -> None:
    """A picture goes out with what it shows, and what leaves is the file as it was."""
    words = ("--media", "menu.jpg", "--alt", "Five drinks in chalk", "--to", "acme-x")
    said = rehearsal.run("post", "The menu", *words)
    assert said.code == 0, said.err
    assert _media(rehearsal) == [["Five drinks in chalk"]]
    (emulator,) = [one for one in rehearsal.sandbox.emulators if one.name == "x"]  # type: ignore[union-attr]
    (shown,) = emulator.published()[-1].media
    assert emulator.blobs.find(shown.sha256) == ("image/jpeg", Path("menu.jpg").read_bytes())


def test_files_alone(rehearsal: House) -> None:
    """A GIF or film needs no text; without alt text a picture is posted, and that is said."""
    said = rehearsal.run("post", "--media", "lamp.gif", "--to", "acme-x")
    assert said.code == 0, said.err
    assert "lamp.gif has no alt text." in said.err
    assert rehearsal.run("post", "--media", "pour.mp4", "--to", "acme-x").code == 0
    assert rehearsal.published() == ["", ""]


def test_a_dry_run_copies_nothing(rehearsal: House) -> None:
    """A rehearsal names each file and each call, and keeps nothing."""
    words = ("--media", "pour.mp4", "--label", "ai", "--to", "acme-x", "--dry-run", "--calls")
    said = rehearsal.run("post", "Film", *words)
    assert said.code == 0
    assert "[pour.mp4: 64 x 96, " in said.out
    assert (
        "chunk:0:0  POST https://api.x.com/2/media/upload/<data.id of media:0>/append" in said.out
    )
    assert '"made_with_ai": true' in said.out
    assert list(rehearsal.home.rglob("*.blocks")) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--media", "menu.jpg", "--alt", "a", "--alt", "b"), "There are 1 --media and 2 --alt."),
        (("--alt", "a"), "There are 0 --media and 1 --alt."),
        (("--media", "none.jpg"), "There is no file"),
        (("--media", "accounts.yaml"), "accounts.yaml is no picture and no video."),
        (("--media", "ftp://a.example/a.jpg"), "only https is fetched."),
        (("--media", "https://127.0.0.1/a.jpg"), "not a host of the open internet"),
        (("--media", "menu.jpg", "--media", "pour.mp4"), "not pictures and videos together"),
        (("--label", "nsfw"), "'nsfw' is no label."),
        (("--option", "comments"), "'comments' is no option."),
        (("--option", "x.comments=true"), "x has no option comments for posts."),
    ],
)
def test_what_makes_no_sense_is_said(rehearsal: House, words: tuple[str, ...], told: str) -> None:
    """Each mistake is a sentence and exit 2; nothing was queued or copied."""
    said = rehearsal.run("post", "Hi", *words, "--to", "acme-x")
    assert (said.code, told in said.err) == (2, True), said.err
    assert rehearsal.published() == []


def test_alt_text_by_rule(rehearsal: House) -> None:
    """Where a rule requires alt text, a picture without is refused until its code is allowed."""
    file = rehearsal.home / "accounts.yaml"
    file.write_text(file.read_text() + "rules: {alt: require}\n")
    words = ("post", "Hi", "--media", "menu.jpg", "--to", "acme-x")
    refused = rehearsal.run(*words)
    assert (refused.code, "[alt.missing]" in refused.err) == (2, True)
    assert rehearsal.run(*words, "--allow", "alt.missing").code == 0
    assert rehearsal.run("post", "Ho", *words[2:], "--alt", "").code == 0


def test_a_post_file_is_checked_with_its_files(rehearsal: House) -> None:
    """`check` looks at the files of a post, and says what is wrong where they stand."""
    (rehearsal.home / "menu.md").write_text(
        "---\nto: acme-x\nmedia:\n  - {file: menu.jpg, alt: x}\n  - none.png\n---\nHi\n"
    )
    said = rehearsal.run("check", "menu.md")
    assert said.code == 2
    assert "menu.md:5:5: There is no file" in said.err + said.out


def test_editing_a_file_changes_nothing_that_was_promised(rehearsal: House) -> None:
    """What is queued goes out as it was, even if the file is changed or deleted before."""
    before = Path("menu.jpg").read_bytes()
    said = rehearsal.run("post", "Later", "--media", "menu.jpg", "--to", "acme-x", "--at", "+1m")
    assert said.code == 0, said.err
    Path("menu.jpg").unlink()
    with queue_of(rehearsal) as store:
        store.db.run("UPDATE delivery SET due_at = created_at, wake_at = created_at")
        store.db.run("UPDATE lane SET next_at = 0")
    assert rehearsal.run("run").code == 0
    (emulator,) = [one for one in rehearsal.sandbox.emulators if one.name == "x"]  # type: ignore[union-attr]
    (shown,) = emulator.published()[-1].media
    assert emulator.blobs.find(shown.sha256) == ("image/jpeg", before)


def test_run_tidies_what_nobody_needs(rehearsal: House) -> None:
    """A file stays while its delivery waits, and goes a month after it is over."""
    for text, at in (("Now", "+0s"), ("Later", "+40d")):
        words = ("--media", "menu.jpg" if at == "+0s" else "lamp.gif", "--at", at)
        assert rehearsal.run("post", text, *words, "--to", "acme-x").code == 0
    assert rehearsal.run("run").code == 0
    long_ago = (datetime.now(UTC) - timedelta(days=31)).timestamp()
    folder = next(rehearsal.home.rglob("*.blocks")).parents[1]
    kept = [path for path in folder.glob("??/*") if not path.suffix]
    assert len(kept) == 2
    for path in kept:
        os.utime(path, (long_ago, long_ago))
    with queue_of(rehearsal) as store:
        store.db.run("UPDATE delivery SET due_at = 1, created_at = 1 WHERE state = 'published'")
        gone = MediaStore(str(folder)).tidy(store.needs_media, long_ago + 1)
        assert store.may_tidy() is False  # `run` did, a moment ago
    assert gone == 1
    assert len([path for path in folder.glob("??/*") if not path.suffix]) == 1


def test_what_is_kept_is_for_this_user_alone(rehearsal: House) -> None:
    """The first picture makes no folder that others may look into."""
    assert rehearsal.run("post", "Hi", "--media", "menu.jpg", "--to", "acme-x").code == 0
    made = [path for path in (rehearsal.home / "sandbox").rglob("*") if path.is_dir()]
    assert len(made) >= 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}
