"""Each example of docs/writing-posts.md is what the program does."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from microcom import platforms
from microcom.core.capability import Capabilities
from microcom.core.config import Links
from microcom.core.links import tagged
from microcom.core.tailor import tailored, unknown
from microcom.core.target import Target
from microcom.core.wording import Room, variables
from microcom.intake.accounts import load
from microcom.intake.models import LabelsShape, MediaShape, PostKeys, VariantKeys
from microcom.intake.posts import read_draft
from microcom.intake.templates import render
from microcom.media.samples import picture, video

if TYPE_CHECKING:
    from pydantic import BaseModel
    from tests.cli.house import House

    from microcom.core.config import Config

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "writing-posts.md").read_text(encoding="utf-8")
POSTS = re.findall(r"^```markdown\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
TULIPS = Target("acme-pins", "tulips")


def _table(head: str) -> list[tuple[str, str]]:
    """Return what stands in backticks in the first and last cell of each row of a table."""
    _, _, after = TEXT.partition(f"| {head} |")
    rows = after.partition("\n\n")[0].splitlines()[2:]
    cells = [re.split(r" (?<!\\)\| ", row[1:-1].replace("||", "|")) for row in rows]
    return [(row[0].strip(), row[-1].strip()) for row in cells]


def _bare(cell: str) -> str:
    return cell.removeprefix("`").removesuffix("`").replace(r"\|", "|")


def _config() -> Config:
    return load([ROOT / "accounts.example.yaml"], platforms)


def _front(post: str) -> dict[str, object]:
    keys = YAML(typ="safe").load(post.split("---\n")[1])
    assert isinstance(keys, dict)
    return keys


def test_every_example_is_right(house: House) -> None:
    """Check, and plan, find nothing wrong with any post of the page."""
    shutil.copy(ROOT / "accounts.example.yaml", house.home / "accounts.yaml")
    posts = house.home / "posts"
    posts.mkdir()
    for number, post in enumerate(POSTS):
        (posts / f"post-{number}.md").write_text(post, encoding="utf-8")
    for name in set(re.findall(r"[a-z]+\.jpg", "".join(POSTS))):
        picture(posts / name, "Hello", (600, 900), 20)
    film = posts / "pour.mp4"
    video(film, seconds=3, width=360, height=640)
    shutil.copy(film, posts / "door.mp4")
    checked = house.run("check", "posts")
    assert (checked.code, checked.out) == (0, f"{len(POSTS) + 1} files checked: all right.\n")
    # Some go to a group with two accounts of one platform, which the guard would keep apart.
    assert house.run("plan", "--allow", "same.text", "--allow", "same.media").code == 0


@pytest.mark.parametrize(
    ("shape", "inside"), [(PostKeys, ()), (MediaShape, ("media",)), (LabelsShape, ("labels",))]
)
def test_every_key_has_an_example(shape: type[BaseModel], inside: tuple[str, ...]) -> None:
    """Each key of a post, of a file and of a label stands in an example of the page."""
    shown: set[str] = set()
    for post in POSTS:
        front = _front(post)
        some = front.get("for")
        blocks: list[object] = [front, *(some.values() if isinstance(some, dict) else ())]
        for key in inside:
            found = [block.get(key) for block in blocks if isinstance(block, dict)]
            blocks = [one for it in found for one in (it if isinstance(it, list) else [it])]
        shown |= {key for block in blocks if isinstance(block, dict) for key in block}
    assert {field.alias or name for name, field in shape.model_fields.items()} <= shown


def test_every_key_of_for_is_named() -> None:
    """The page names each key that `for` may say."""
    _, _, after = TEXT.partition("Its keys may say ")
    named = set(re.findall("`([a-z]+)`", after.partition(";")[0]))
    assert named == set(VariantKeys.model_fields)


def _overriding() -> Iterator[tuple[str, str, str]]:
    _, _, after = TEXT.partition("| in the post | in `for` | it is |")
    for row in after.partition("\n\n")[0].splitlines()[2:]:
        post, said, wanted = (cell.strip() for cell in row[1:-1].split(" | "))
        yield _bare(post), said, wanted


@pytest.mark.parametrize(("post", "said", "wanted"), list(_overriding()))
def test_the_closest_wins(tmp_path: Path, post: str, said: str, wanted: str) -> None:
    """Each row of the table of `for` is true."""
    lines = "\n".join(f"  {one}" for one in re.findall("`(.*?)`", said))
    file = tmp_path / "post.md"
    file.write_text(f"---\nto: acme-pins/tulips\n{post}\nfor:\n{lines}\n---\nHello\n")
    config = _config()
    draft = read_draft(file).post
    assert list(unknown(draft, config)) == []
    assert tailored(draft, TULIPS, config).post.title == wanted


@pytest.mark.parametrize(("template", "gives"), _table("template"))
def test_what_templates_give(template: str, gives: str) -> None:
    """Each row of the table of templates is true."""
    known = {"community": "tulips", "greeting": "Salut", "campaign": "", "colours": ["red", "blue"]}
    assert render(_bare(template), known) == _bare(gives)


def test_every_variable_is_named(tmp_path: Path) -> None:
    """The page names what a template may ask for, and nothing that it may not."""
    config = _config()
    account = config.accounts["acme-x"]
    place = account.communities["timeline"]
    file = tmp_path / "post.md"
    file.write_text("Hello\n")
    facts: Capabilities = platforms.load("x").capabilities[place.kind]
    room = Room(config.client_of(account), account, place, facts)
    named = {name for cell, _ in _table("what is there") for name in re.findall("`(.*?)`", cell)}
    assert named - {"vars"} == {*variables(read_draft(file).post, room), "link", "title"}


@pytest.mark.parametrize(("link", "marked"), _table("link"))
def test_what_links_become(link: str, marked: str) -> None:
    """Each row of the table of links is true."""
    links = Links(utm={"source": "x"}, untouched=("pay.acme.example",))
    assert tagged(_bare(link), links) == _bare(marked)
