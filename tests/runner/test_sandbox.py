"""The sandbox: every emulator on one address, a ledger, faults, and a page of posts."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from PIL import Image

from microcom.emulator import Published, Shown
from microcom.emulator.faults import Fault
from microcom.errors import UserError
from microcom.runner.sandbox import Sandbox, Server, of_platforms, serve
from microcom.runner.sandbox_faults import armed, parse_fault
from microcom.runner.sandbox_page import front

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
API = "/api.x.com/2/tweets"
PINS = "/api.pinterest.com/v5"
NASTY = "<script>alert(1)</script> \"q\" 'a' & <img src=x onerror=alert(2)> javascript:alert(3)"


class Ground:
    """A sandbox in this process, and somebody who posts to it."""

    def __init__(self) -> None:
        self.now = NOON
        self.app = of_platforms(lambda: self.now)
        self.client = httpx.Client(
            transport=httpx.WSGITransport(app=self.app), base_url="http://127.0.0.1:8000"
        )

    def post(self, account: str, text: str, parent: str | None = None) -> str:
        """Post as an account; return the id."""
        self.now += timedelta(seconds=1)
        body: dict[str, Any] = {"text": text}
        if parent is not None:
            body["reply"] = {"in_reply_to_tweet_id": parent}
        headers = {"authorization": f"Bearer sandbox:{account}"}
        return str(self.client.post(API, json=body, headers=headers).json()["data"]["id"])

    def pin(self, picture: bytes, **words: str) -> None:
        """Pin a picture into a section."""
        client, headers = self.client, {"authorization": "Bearer sandbox:acme-pins"}
        boards = client.get(f"{PINS}/boards", headers=headers).json()["items"]
        board = next(one["id"] for one in boards if one["name"] == "Latte art")
        sections = client.get(f"{PINS}/boards/{board}/sections", headers=headers).json()["items"]
        data = base64.b64encode(picture).decode()
        source = {"source_type": "image_base64", "content_type": "image/png", "data": data}
        place = {"board_id": board, "board_section_id": sections[0]["id"]}
        body = {**place, "media_source": source, **words}
        assert client.post(f"{PINS}/pins", json=body, headers=headers).status_code == 201


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (600, 900), "peru").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def ground() -> Iterator[Ground]:
    """An empty sandbox."""
    ground = Ground()
    with ground.client:
        yield ground


def test_a_vendors_call_is_made_below_its_host(ground: Ground) -> None:
    """`/HOST/PATH` is answered by the platform that owns the host."""
    remote_id = ground.post("acme-x", "Hello")
    headers = {"authorization": "Bearer sandbox:acme-x"}
    found = ground.client.get(f"{API}/{remote_id}", headers=headers)
    assert found.json()["data"]["text"] == "Hello"


def test_other_hosts_are_not_there(ground: Ground) -> None:
    """A host that no platform owns is answered with those there are."""
    reply = ground.client.get("/api.nowhere.example/v1/me")
    assert reply.status_code == 404
    assert "api.x.com" in reply.json()["hosts"]


def test_the_ledger_is_all_that_was_published(ground: Ground) -> None:
    """Every post through the API is in the ledger, in order, and nothing else."""
    first = ground.post("acme-x", "One")
    second = ground.post("lumen-x", "Two")
    third = ground.post("acme-x", "Three", first)
    body = ground.client.get("/_/ledger").json()
    assert [post["remote_id"] for post in body["posts"]] == [first, second, third]
    assert [post["account"] for post in body["posts"]] == ["acme-x", "lumen-x", "acme-x"]
    assert body["posts"][2]["in_reply_to"] == first
    hosts = {one["name"]: one["hosts"] for one in body["platforms"]}
    assert hosts["x"] == ["api.x.com", "api.twitter.com"]
    assert set(hosts) >= {"x", "pinterest", "tiktok"}


def test_an_empty_sandbox_says_how_to_fill_it(ground: Ground) -> None:
    """The first page shows the command that would put something on it."""
    page = ground.client.get("/").text
    assert "Nothing here yet" in page
    assert "--sandbox http://127.0.0.1:8000" in page


def test_the_page_shows_posts_as_a_follower_sees_them(ground: Ground) -> None:
    """Accounts with their posts, threads joined in their order, the newest first."""
    first = ground.post("acme-x", "Thread one")
    alone = ground.post("acme-x", "Alone")
    second = ground.post("acme-x", "Thread two", first)
    ground.post("lumen-x", "Lumen speaks")
    page = ground.client.get("/").text
    text = _text(page)
    order = ["@lumen_x", "Lumen speaks", "@acme_x", "Alone", "Thread one", "Thread two"]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert text.count("Thread two") == 1
    for remote_id in (first, alone, second):
        assert f'href="/x.com/acme_x/status/{remote_id}"' in page


def test_a_receipts_link_opens(ground: Ground) -> None:
    """The address of a post, put behind the sandbox's own, shows the post in its thread."""
    first = ground.post("acme-x", "Thread one")
    second = ground.post("acme-x", "Thread two", first)
    reply = ground.client.get(f"/x.com/any_name/status/{second}")
    assert reply.status_code == 200
    shown = reply.text.partition("<main>")[2]
    assert 0 < shown.index("Thread one") < shown.index("Thread two")
    for lost in ("/x.com/acme_x/status/1", "/x.com/acme_x", "/x.com/"):
        assert ground.client.get(lost).status_code == 404


def test_what_people_wrote_stays_text(ground: Ground) -> None:
    """Markup in a post, a link or an address never becomes part of the page."""
    remote_id = ground.post("acme-x", NASTY)
    ground.post("acme-x", 'https://example.com/"onmouseover="alert(4) #"><b>')
    pages = [
        ground.client.get("/").text,
        ground.client.get(f"/x.com/acme_x/status/{remote_id}").text,
        ground.client.get("/x.com/<script>alert(5)<%2fscript>").text,
        ground.client.get("/", headers={"host": "127.0.0.1:8000<script>"}).text,
    ]
    for page in pages:
        seen = _Tags()
        seen.feed(page)
        assert "script" not in seen.tags
        assert "img" not in seen.tags
        assert not [name for name in seen.attributes if name.startswith("on")]
        assert all(link.startswith(("/", "http://", "https://")) for link in seen.links)
    assert NASTY in _text(pages[0])


def test_the_page_allows_nothing_but_its_own_style(ground: Ground) -> None:
    """The policy holds for the style sheet in the page and lets no script or other host in."""
    ground.post("acme-x", "Hello")
    reply = ground.client.get("/")
    policy = reply.headers["content-security-policy"]
    style = re.search(r"<style>(.*?)</style>", reply.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert " style=" not in reply.text
    assert "<script" not in reply.text
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_deleted_post_is_not_shown(ground: Ground) -> None:
    """A follower does not see what was deleted; the ledger still knows it."""
    remote_id = ground.post("acme-x", "Oops")
    headers = {"authorization": "Bearer sandbox:acme-x"}
    ground.client.delete(f"{API}/{remote_id}", headers=headers)
    assert "Oops" not in ground.client.get("/").text
    assert ground.client.get(f"/x.com/acme_x/status/{remote_id}").status_code == 404
    assert ground.client.get("/_/ledger").json()["posts"][0]["deleted"] is True


def test_other_names_of_this_machine_are_refused(ground: Ground) -> None:
    """A page elsewhere that points its own name here reads nothing."""
    reply = ground.client.get("/_/ledger", headers={"host": "rebound.example"})
    assert reply.status_code == 403


def test_faults_are_set_and_cleared_while_it_runs(ground: Ground) -> None:
    """One call replaces every fault; they are listed, shown, met, and cleared."""
    words = ["x.create_post:503-after", "x.user_posts:lag=90:*"]
    reply = ground.client.post("/_/faults", json={"faults": words})
    assert reply.json()["faults"] == words
    assert "503-after" in reply.json()["known"]["x.create_post"]
    assert "x.create_post:503-after" in ground.client.get("/").text
    headers = {"authorization": "Bearer sandbox:acme-x"}
    assert ground.client.post(API, json={"text": "Hi"}, headers=headers).status_code == 503
    assert len(ground.client.get("/_/ledger").json()["posts"]) == 1
    assert ground.client.get("/_/faults").json()["faults"] == words[1:]
    assert ground.client.post("/_/faults", json={"faults": []}).json()["faults"] == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"faults": "x"}', b'{"faults": [1]}', b'{"faults": ["nonsense"]}']
)
def test_nonsense_changes_no_fault(ground: Ground, body: bytes) -> None:
    """A body that makes no sense is refused with its code, and what was set stays."""
    ground.app.arm(["x.me:401"])
    headers = {"content-type": "application/json"}
    reply = ground.client.post("/_/faults", content=body, headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (400, "sandbox.fault")
    assert ground.client.get("/_/faults").json()["faults"] == ["x.me:401"]


def test_a_form_of_another_page_sets_no_fault(ground: Ground) -> None:
    """Only JSON is taken, which a page elsewhere cannot send unasked."""
    reply = ground.client.post("/_/faults", content=b'{"faults": ["x.me:401"]}')
    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("x.create_post:503-after", Fault("create_post", "503-after")),
        ("x.create_post:503-after:2", Fault("create_post", "503-after", count=2)),
        ("x.create_post:429:2@3", Fault("create_post", "429", count=2, skip=2)),
        (" x.me:401:* ", Fault("me", "401", count=None)),
        ("x.user_posts:lag=90:*", Fault("user_posts", "lag", count=None, seconds=90)),
        ("x.user_posts:empty@2", Fault("user_posts", "empty", skip=1)),
    ],
)
def test_faults_are_typed_in_one_word(words: str, meant: Fault) -> None:
    """Where, what, how often, from which call on; and they are shown as they were typed."""
    app = of_platforms(lambda: NOON)
    emulator, fault = parse_fault(words, app.emulators)
    assert (emulator.name, fault) == ("x", meant)
    emulator.faults.arm(fault)
    assert armed(app.emulators) == [words.strip()]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("", "PLATFORM.ENDPOINT:FAULT"),
        ("503", "PLATFORM.ENDPOINT:FAULT"),
        ("x.create_post", "PLATFORM.ENDPOINT:FAULT"),
        ("x.create_post:503-after:0", "PLATFORM.ENDPOINT:FAULT"),
        ("x.create_post:503-after:-1", "PLATFORM.ENDPOINT:FAULT"),
        ("y.create_post:503-after", "It has x, pinterest, tiktok."),
        ("x.create:503-after", "create_post"),
        ("x.create_post:503", "503-after"),
        ("x.create_post:lag=5", "503-after"),
        ("x.user_posts:lag", "lag=90"),
        ("x.user_posts:empty=5", "lag=90"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(words: str, hint: str) -> None:
    """Nonsense is refused with what exists."""
    with pytest.raises(UserError) as refused:
        of_platforms(lambda: NOON).arm([words])
    assert refused.value.code == "sandbox.fault"
    assert hint in (refused.value.hint or "")


@pytest.fixture
def server() -> Iterator[Server]:
    """A sandbox on a free port of this machine."""
    server = serve(of_platforms(lambda: datetime.now(UTC)))
    yield server
    server.stop()


def test_it_answers_over_tcp(server: Server) -> None:
    """A served sandbox publishes, keeps its ledger, and closes its door when it is stopped."""
    headers = {"authorization": "Bearer sandbox:acme-x"}
    with httpx.Client(base_url=server.url) as client:
        made = client.post(API, json={"text": "Hello"}, headers=headers)
        assert made.status_code == 201
        (post,) = client.get("/_/ledger").json()["posts"]
        assert post["remote_id"] == made.json()["data"]["id"]
        link = post["url"].removeprefix("https://")
        assert "Hello" in client.get(f"/{link}").text


def test_it_stops(server: Server) -> None:
    """After it was stopped nobody answers."""
    other = serve(Sandbox([], lambda: NOON))
    other.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(other.url)
    assert httpx.get(server.url).status_code == 200


def test_it_answers_this_machine_only(server: Server) -> None:
    """An address that others could reach is refused, and so is a port that is taken."""
    app = Sandbox([], lambda: NOON)
    with pytest.raises(UserError) as refused:
        serve(app, host="0.0.0.0")  # noqa: S104 - this is refused
    assert refused.value.code == "sandbox.address"
    with pytest.raises(UserError) as taken:
        serve(app, port=int(server.url.rpartition(":")[2]))
    assert taken.value.code == "sandbox.port"


class _Tags(HTMLParser):
    """The tags, attributes and links of a page, as a browser would find them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _text(page: str) -> str:
    """Return what is to be read on a page."""
    tags = _Tags()
    tags.feed(page)
    return "".join(tags.words)


def test_files_are_shown_as_followers_see_them(ground: Ground) -> None:
    """A pin shows title, place, link and picture with its words; the picture comes from here."""
    png = _png()
    digest = hashlib.sha256(png).hexdigest()
    ground.pin(png, alt_text='A "latte"', title="<Tulips>", link="https://a.example/t")
    page = ground.client.get("/").text
    assert f'<img src="/_/media/{digest}" alt="A &quot;latte&quot;" loading="lazy">' in page
    assert '<h3 class="title" dir="auto">&lt;Tulips&gt;</h3>' in page
    assert '<span class="chip">Latte art / Tulips</span>' in page
    assert 'href="https://a.example/t"' in page
    reply = ground.client.get(f"/_/media/{digest}")
    assert (reply.content, reply.headers["content-type"]) == (png, "image/png")
    assert reply.headers["x-content-type-options"] == "nosniff"
    part = ground.client.get(f"/_/media/{digest}", headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, png[4:8])
    assert part.headers["content-range"] == f"bytes 4-7/{len(png)}"
    assert (
        ground.client.get(f"/_/media/{digest}", headers={"range": "bytes=999999-"}).status_code
        == 416
    )
    assert ground.client.get("/_/media/" + "0" * 64).status_code == 404


def test_a_draft_is_marked_and_a_missing_file_named() -> None:
    """What only the owner sees says so; a file too large to keep leaves a box with its kind."""
    draft = Published(
        *("tiktok", "acme", "acme", "1", "draft"),
        at=datetime(2026, 11, 23, tzinfo=UTC),
        text="",
        in_reply_to=None,
        url="https://www.tiktok.com/@acme/1",
        place="inbox",
        media=(Shown("0" * 64, "video/mp4"),),
        labels=("Paid partnership",),
        draft=True,
    )
    page = front([draft], "http://127.0.0.1:1", [], [])
    assert "draft: only the owner sees it" in page
    assert "File 1: video/mp4, not kept here" in page
    assert "Paid partnership" in page
    assert 'class="said"' not in page
