"""Addresses of media: which are used, how they are shown, and where they may lead."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from microcom.core.address import address_of, is_loopback, is_public
from microcom.errors import UserError


@pytest.mark.parametrize(
    ("url", "shown", "target", "name"),
    [
        ("https://a.example/menu.png", "https://a.example/menu.png", "/menu.png", "menu.png"),
        ("https://A.example:443", "https://a.example/", "/", "a.example"),
        ("https://a.example:8443/a?k=1#x", "https://a.example:8443/a", "/a?k=1", "a"),
        ("https://a.example/ä%20b", "https://a.example/%C3%A4%20b", "/%C3%A4%20b", "ä b"),
        ("https://münchen.example/a", "https://xn--mnchen-3ya.example/a", "/a", "a"),
        ("https://[2001:4860::1]/a", "https://[2001:4860::1]/a", "/a", "a"),
    ],
)
def test_an_address_in_parts(url: str, shown: str, target: str, name: str) -> None:
    """An address is read as browsers do; what follows a ? is never shown."""
    found = address_of(url)
    assert (found.shown, found.target, found.name) == (shown, target, name)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/a",
        "ftp://a.example/a",
        "file:///etc/passwd",
        "https://",
        "https:///a",
        "https://a.example:port/",
        "https://a b.example/",
        "https://[::1/",
        "https://me@a.example/",
        "https://:@a.example/",
    ],
)
def test_an_address_that_is_not_used(url: str) -> None:
    """What is not https, or cannot be read, is refused in words."""
    with pytest.raises(UserError) as caught:
        address_of(url)
    assert caught.value.code == "media.fetch.address"
    assert caught.value.hint


def test_what_is_secret_in_an_address_is_not_repeated() -> None:
    """A password, and what follows a ?, are not in the message."""
    with pytest.raises(UserError) as caught:
        address_of("https://me:hunter2@a.example/a?sig=hunter3")
    assert "hunter" not in caught.value.message
    assert "a.example/a" in caught.value.message


def test_a_rehearsal_takes_plain_http() -> None:
    """In a sandbox's world http is read too."""
    found = address_of("http://127.0.0.1:8000/a.png", rehearsal=True)
    assert (found.scheme, found.port, found.shown) == ("http", 8000, "http://127.0.0.1:8000/a.png")


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/b", "https://a.example:8443/b"),
        ("c", "https://a.example:8443/x/c"),
        ("//b.example/d", "https://b.example/d"),
        ("https://b.example/", "https://b.example/"),
    ],
)
def test_where_a_redirect_leads(location: str, shown: str) -> None:
    """A redirect may be written in part or whole."""
    found = address_of("https://a.example:8443/x/a?k=1").onward(location)
    assert address_of(found).shown == shown


@pytest.mark.parametrize(
    "ip",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104 - an address to refuse
        *("100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "168.63.129.16"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
        *("64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "::127.0.0.1"),
    ],
)
def test_what_is_not_the_open_internet(ip: str) -> None:
    """Private, local, metadata and multicast addresses are known, however they are dressed up."""
    assert not is_public(ip)


@pytest.mark.parametrize(
    "ip", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_the_open_internet(ip: str) -> None:
    """Public addresses pass, IPv4 ones behind a translator too."""
    assert is_public(ip)


@given(some.ip_addresses(network="127.0.0.0/8"))
def test_this_machine_is_never_public(ip: object) -> None:
    """Every loopback address is this machine, and never the internet."""
    assert is_loopback(str(ip))
    assert not is_public(str(ip))
    assert not is_public(f"::ffff:{ip}")


@given(some.text(max_size=40))
def test_any_text_has_an_answer(text: str) -> None:
    """Whatever stands after https:// is an address or is refused: nothing else is raised."""
    with suppress(UserError):
        found = address_of(f"https://{text}")
        assert found.target.startswith("/")
        assert found.target.isascii()
        assert found.host.isascii()
