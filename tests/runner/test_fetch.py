"""Media from addresses, over real HTTP on this machine: what comes, what must not, and how far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.runner.web import Page, certified, served

from microcom.errors import UserError
from microcom.media.probe import look
from microcom.runner.fetch import Bounds, Fetch

BOUNDS = Bounds(video=50_000, picture=20_000, seconds=10, stall=5)
HOME = ("127.0.0.1",)


def _png(size: tuple[int, int] = (60, 40)) -> bytes:
    file = BytesIO()
    Image.effect_noise(size, 50).save(file, "PNG")
    return file.getvalue()


PNG = _png()


def fetcher(folder: Path, *, bounds: Bounds = BOUNDS, **how: Any) -> Fetch:  # noqa: ANN401 - Fetch's own
    """Return a fetcher of a rehearsal's world, where this machine may be asked."""
    return Fetch(folder / "fetched", bounds, **{"rehearsal": True, **how})


def refused(fetch: Fetch, url: str) -> UserError:
    """Return how a fetch is refused; nothing of it stays."""
    with pytest.raises(UserError) as caught:
        fetch.fetch(url)
    assert fetch.kept(url) is None
    assert caught.value.hint
    return caught.value


def led(**hosts: Sequence[str]) -> Callable[[str, int], Sequence[str]]:
    """Return a resolver that knows a few names below .example."""
    return lambda host, _: hosts.get(host.removesuffix(".example"), ())


def test_a_picture_is_fetched_once(tmp_path: Path) -> None:
    """A picture comes whole, is counted on its way, and is there without asking again."""
    came: list[tuple[int, int | None]] = []
    with served(a=Page(PNG)) as site:
        url = site.url("/a?size=1")
        fetch = fetcher(tmp_path)
        assert fetch.kept(url) is None
        path = fetch.fetch(url, lambda got, of: came.append((got, of)))
        assert fetcher(tmp_path).fetch(url) == path
    assert path.read_bytes() == PNG
    assert (came[-1], len(site.asked)) == ((len(PNG), len(PNG)), 1)
    assert site.asked[0][0] == "/a?size=1"
    assert look(path).mime == "image/png"
    assert path.stat().st_mode & 0o777 == 0o600
    assert fetcher(tmp_path).fetch(url) == path  # and the site is gone


def test_nothing_of_this_users_leaves(tmp_path: Path) -> None:
    """A request says what is wanted and who asks, with no cookie and no token, after one came."""
    onward = Page(status=302, headers=(("location", "/a"), ("set-cookie", "k=v")))
    with served(a=Page(PNG), r=onward) as site:
        fetcher(tmp_path).fetch(site.url("/r"))
    for _, headers in site.asked:
        assert set(headers) == {"host", "user-agent", "accept", "accept-encoding"}


def test_redirects_are_followed_three_times(tmp_path: Path) -> None:
    """Three redirects lead to a file; a fourth is one too many, as is a circle."""
    pages = {f"r{n}": Page(status=301, headers=(("location", f"/r{n - 1}"),)) for n in range(1, 5)}
    circle = Page(status=307, headers=(("location", "/circle"),))
    with served(None, {"r0": Page(PNG), "circle": circle, **pages}) as site:
        assert fetcher(tmp_path).fetch(site.url("/r3")).read_bytes() == PNG
        assert refused(fetcher(tmp_path), site.url("/r4")).code == "media.fetch.redirects"
        assert refused(fetcher(tmp_path), site.url("/circle")).code == "media.fetch.redirects"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("ftp://a.example/a", "media.fetch.address"),
        ("file:///etc/passwd", "media.fetch.address"),
        ("https://me:pw@a.example/a", "media.fetch.address"),
        ("https://home.example/a", "media.fetch.private"),
        ("https://10.0.0.1/a", "media.fetch.private"),
        ("https://169.254.169.254/latest", "media.fetch.private"),
        ("http://lan.example/a", "media.fetch.private"),
    ],
)
def test_every_redirect_is_looked_at(tmp_path: Path, location: str, code: str) -> None:
    """A redirect to another scheme, a login or a private host is not followed."""
    names = led(home=HOME, lan=("192.168.1.1",))

    def resolve(host: str, port: int) -> Sequence[str]:
        return names(host, port) or (host,)

    with served(r=Page(status=302, headers=(("location", location),))) as site:
        assert refused(fetcher(tmp_path, resolve=resolve), site.url("/r")).code == code
    assert len(site.asked) == 1


def test_the_real_world_takes_no_plain_http(tmp_path: Path) -> None:
    """Outside a sandbox's world only https is fetched, and never from this machine."""
    with served(a=Page(PNG)) as site:
        real = fetcher(tmp_path, rehearsal=False)
        assert refused(real, site.url("/a")).code == "media.fetch.address"
        for host in ("127.0.0.1", "localhost"):
            found = refused(real, site.url("/a", host, "https"))
            assert (found.code, host in found.message) == ("media.fetch.private", True)
    assert site.asked == []


def test_one_private_address_of_many_is_enough(tmp_path: Path) -> None:
    """A name with public and private addresses is not asked at all."""
    fetch = fetcher(tmp_path, resolve=led(mixed=("93.184.215.14", "10.0.0.1")))
    assert refused(fetch, "https://mixed.example/a").code == "media.fetch.private"
    assert refused(fetch, "https://none.example/a").code == "media.fetch.name"


def test_a_name_is_looked_up_once(tmp_path: Path) -> None:
    """The connection goes to the address that was checked, though the name now leads elsewhere."""
    answers = iter([HOME, ("127.0.0.2",)])
    looked: list[str] = []

    def rebinding(host: str, _: int) -> Sequence[str]:
        looked.append(host)
        return next(answers)

    with served(a=Page(PNG)) as site:
        fetcher(tmp_path, resolve=rebinding).fetch(site.url("/a", "photos.example"))
    assert looked == ["photos.example"]
    assert site.asked[0][1]["host"] == f"photos.example:{site.port}"


def test_the_next_address_is_tried(tmp_path: Path) -> None:
    """Where a name has several addresses, one that nobody listens at is passed over."""
    with served(a=Page(PNG)) as site:
        resolve = led(photos=("127.0.0.9", "127.0.0.1"))
        path = fetcher(tmp_path, resolve=resolve).fetch(site.url("/a", "photos.example"))
    assert path.read_bytes() == PNG


@pytest.mark.parametrize(
    ("page", "code", "said"),
    [
        (Page(status=404), "media.fetch.answer", "there is nothing (404)"),
        (Page(status=403), "media.fetch.answer", "logged in (403)"),
        (Page(status=503), "media.fetch.answer", "503"),
        (Page(status=302), "media.fetch.answer", "302"),
        (Page(status=206, content=PNG), "media.fetch.answer", "206"),
        (Page(PNG, headers=(("content-encoding", "gzip"),)), "media.fetch.answer", "packed"),
        (Page(), "media.fetch.type", "is empty"),
        (Page(b"<!doctype html><p>Log in"), "media.fetch.type", "a web page"),
        (
            Page(
                b"<svg xmlns='http://www.w3.org/2000/svg'/>",
                headers=(("content-type", "image/png"),),
            ),
            *("media.fetch.type", "SVG"),
        ),
        (Page(b"PK\x03\x04"), "media.fetch.type", "zip"),
        (Page(_png((200, 200))), "media.fetch.size", "20.0 kB"),
        (Page(_png((100, 80)), size=30_000), "media.fetch.size", "20.0 kB"),
        (Page(PNG, size=len(PNG) + 10), "media.fetch.broke", "ended too soon"),
        (Page(b"\0\0\0\x18ftypmp42" + bytes(60_000)), "media.fetch.size", "50.0 kB"),
    ],
)
def test_what_is_not_taken(tmp_path: Path, page: Page, code: str, said: str) -> None:
    """What is no whole picture or video within bounds is refused by what came, not its header."""
    with served(a=page) as site:
        found = refused(fetcher(tmp_path), site.url("/a?token=hunter2"))
    assert (found.code, said in found.message) == (code, True), found.message
    assert "hunter2" not in found.message
    assert list((tmp_path / "fetched").iterdir()) == []


def test_a_site_that_hangs(tmp_path: Path) -> None:
    """A site from which nothing comes any more is left, as is one that takes too long in all."""
    hangs = Page(PNG, size=len(PNG) + 10)
    with served(hangs=hangs) as site:
        for bounds in (Bounds(50_000, stall=0.05), Bounds(50_000, seconds=0.05)):
            late = refused(fetcher(tmp_path, bounds=bounds), site.url("/hangs"))
            assert late.code == "media.fetch.late"


def test_nobody_listens(tmp_path: Path) -> None:
    """A host that takes no connection is said to."""
    with served() as site:
        url = site.url("/a")
    assert refused(fetcher(tmp_path), url).code == "media.fetch.broke"


def test_tls_asks_for_the_name(tmp_path: Path) -> None:
    """Though the connection goes to an address, the certificate has to be the name's."""
    server, trust = certified(tmp_path, "photos.example")
    how: dict[str, Any] = {
        "rehearsal": False,
        "resolve": led(photos=HOME, other=HOME),
        "public": lambda ip: ip in HOME,
        "trust": trust,
    }
    with served(server, a=Page(PNG)) as site:
        path = fetcher(tmp_path, **how).fetch(site.url("/a", "photos.example", "https"))
        assert path.read_bytes() == PNG
        wrong = refused(fetcher(tmp_path, **how), site.url("/a", "other.example", "https"))
        assert wrong.code == "media.fetch.broke"
        assert "certificate" in wrong.message.lower()
