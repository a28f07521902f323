from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.config import Links
from microcom.core.links import addresses, host_of, in_text, refused, tagged
from microcom.core.problem import Severity

UTM = Links(utm={"source": "x", "medium": "social"})
ADDED = "utm_source=x&utm_medium=social"
VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
NAMES = st.sampled_from(["source", "medium", "campaign", "term", "content", "id", "partner"])
TAGS = st.dictionaries(NAMES, VALUES, min_size=1)
QUERIES = st.text("ab=&%2FÀ?/;+.", max_size=20)
URLS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(
        ["https://acme.example", "HTTP://Acme.Example:8080/", "https://münchen.example/Ä/%c3%a4/"]
    ),
    st.sampled_from(["", "/", "/path/to/it", "/a;b/c,d"]),
    st.one_of(st.just(""), QUERIES.map("?{}".format)),
    st.one_of(st.just(""), st.text("ab/?&=", max_size=8).map("#{}".format)),
)


@given(URLS, TAGS)
def test_the_values_come_back(url: str, utm: dict[str, str]) -> None:
    """Whoever reads the query gets the values that were put in, whatever is in them."""
    query = urlsplit(tagged(url, Links(utm=utm))).query
    read = dict(parse_qsl(query, keep_blank_values=True))
    assert {name: read[f"utm_{name}"] for name in utm} == utm


@given(URLS, TAGS)
def test_the_rest_stays_byte_for_byte(url: str, utm: dict[str, str]) -> None:
    """What was there before stays in front, and the fragment behind."""
    whole = tagged(url, Links(utm=utm))
    address, mark, fragment = url.partition("#")
    assert whole.startswith(address)
    assert whole.endswith(mark + fragment)


@given(URLS, TAGS)
def test_tagging_twice_is_tagging_once(url: str, utm: dict[str, str]) -> None:
    """An address that has its parameters is left alone."""
    once = tagged(url, Links(utm=utm))
    assert tagged(once, Links(utm=utm)) == once


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("https://acme.example", f"https://acme.example?{ADDED}"),
        ("https://acme.example/a?b=c", f"https://acme.example/a?b=c&{ADDED}"),
        ("https://acme.example/a?b=c&", f"https://acme.example/a?b=c&{ADDED}"),
        ("https://acme.example/a?#top", f"https://acme.example/a?{ADDED}#top"),
        ("https://acme.example/#", f"https://acme.example/?{ADDED}#"),
        ("https://acme.example/#/a?b=c", f"https://acme.example/?{ADDED}#/a?b=c"),
        (
            "https://acme.example/?utm_source=mine&z=1",
            "https://acme.example/?utm_source=mine&z=1&utm_medium=social",
        ),
        (
            "https://acme.example/?UTM_Source=&z",
            "https://acme.example/?UTM_Source=&z&utm_medium=social",
        ),
        ("https://acme.example/?s=shoes", f"https://acme.example/?s=shoes&{ADDED}"),
    ],
)
def test_parameters_are_added(url: str, whole: str) -> None:
    """They follow what is there, and an address keeps those that it has."""
    assert tagged(url, UTM) == whole


@pytest.mark.parametrize(
    "url",
    [
        "https://b.s3.amazonaws.com/a?X-Amz-Date=1&X-Amz-Signature=ab",
        "https://d1.cloudfront.net/a?Expires=1&Signature=ab&Key-Pair-Id=K",
        "https://acme.blob.core.windows.net/a?sv=1&se=2&sig=ab",
        "https://acme.example/a?%74oken=abc",
        "https://acme.example/a#access_token=abc",
        "https://acme.imgix.net/a.jpg?w=1&s=0123456789abcdef0123456789abcdef",
        "https://bit.ly/abc",
        "https://T.CO/abc",
        "https://user:password@acme.example/",
        "mailto:hello@acme.example",
        "ftp://acme.example/",
        "acme.example/a",
        "https://",
        "https:///a",
        "https://acme.example/a b",
        "https://evil.example\\@acme.example/",
        "https://pay.acme.example/order",
        "https://eu.shop.example/order",
        "",
    ],
)
def test_these_are_never_touched(url: str) -> None:
    """Signed, short and other addresses, and the hosts in untouched, stay as they are."""
    links = Links(utm=UTM.utm, untouched=("pay.acme.example", "*.shop.example"))
    assert tagged(url, links) == url


def test_an_empty_value_is_left_out() -> None:
    """A parameter whose template gave nothing is not added."""
    links = Links(utm={"source": "x", "term": ""})
    assert tagged("https://acme.example/", links) == "https://acme.example/?utm_source=x"


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.example/a",
        "https://ACME.example./",
        "https://acme.example:8443",
        "http://user@acme.example/",
        "https://eu.shop.example/",
        "https://a.b.shop.example/",
        "https://xn--mnchen-3ya.example/",
        "https://MÜNCHEN.example/",
        "acme.example/a",
    ],
)
def test_a_listed_host_is_allowed(url: str) -> None:
    """A host in the list passes, however it is written, and what is below a ``*.``."""
    assert refused(url, Links(only=("acme.example", "*.shop.example", "münchen.example"))) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://www.acme.example/",
        "https://shop.example/",
        "https://evilshop.example/",
        "https://acme.example.evil.example/",
        "https://acme.example@evil.example/",
        "https://evil.example\\@acme.example/",
        "https://evil.example#@acme.example/",
        "https://evil.example?@acme.example/",
        "https:evil.example/",
        "ht\ntps://ev\til.example/",
        "https://%65vil.example/",
        "https:///evil.example/acme.example",
        "javascript:alert(1)",
        "",
    ],
)
def test_other_hosts_are_refused(url: str) -> None:
    """Where a browser would go decides, and the hint says where links may go."""
    problem = refused(url, Links(only=("acme.example", "*.shop.example")))
    assert problem is not None
    assert problem.code == "link.host"
    assert problem.severity is Severity.WOULD_REFUSE
    assert problem.hint == "Links may go to acme.example, *.shop.example."


def test_a_denied_host_is_refused() -> None:
    """The list deny has the last word, also over the list only."""
    links = Links(only=("*.example",), deny=("rival.example", "*.rival.example"))
    assert refused("https://acme.example", links) is None
    for url in ("https://rival.example/", "https://www.rival.example/"):
        problem = refused(url, links)
        assert problem is not None
        assert host_of(url) in problem.message
        assert problem.hint == "Links may go to *.example."
    problem = refused("https://rival.example", Links(deny=("rival.example",)))
    assert problem is not None
    assert problem.hint == "Take the link out."


def test_without_lists_everything_is_allowed() -> None:
    """No list, no refusal."""
    assert refused("https://anything.example/", Links()) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no link", []),
        ("See https://acme.example/a.", ["https://acme.example/a"]),
        ("(https://acme.example/a_(b)?c=d)", ["https://acme.example/a_(b)?c=d"]),
        ("“https://acme.example”, she said", ["https://acme.example"]),
        ("<https://acme.example/a>", ["https://acme.example/a"]),
        (
            "https://acme.example/?a=1, https://b.example/#c!",
            ["https://acme.example/?a=1", "https://b.example/#c"],
        ),
        ("https://example.com/詳細はこちら", ["https://example.com/"]),
        ("https://example.com。次", ["https://example.com"]),
        (
            "http://localhost:8080/a http://127.0.0.1/b",
            ["http://localhost:8080/a", "http://127.0.0.1/b"],
        ),
        ("http://[::1]:80/a", ["http://[::1]:80/a"]),
        ("https://acme.example#top.", ["https://acme.example#top"]),
        ("https://user@acme.example/a", ["https://user@acme.example/a"]),
        ("acme.com and xhttps://acme.example", []),
        ("https:// and https://.", []),
    ],
)
def test_addresses_are_found(text: str, found: list[str]) -> None:
    """Every http(s) address is found without the punctuation around it."""
    assert list(addresses(text)) == found


def test_addresses_in_a_text_are_tagged() -> None:
    """Each address is tagged in place, and what is around it stays."""
    text = "One (https://acme.example/a), two: https://bit.ly/b, https://example.com/c?d=e!"
    assert in_text(text, UTM) == (
        f"One (https://acme.example/a?{ADDED}), two: https://bit.ly/b, "
        f"https://example.com/c?d=e&{ADDED}!"
    )


def test_an_address_never_swallows_words() -> None:
    """Where the longer address would run into what follows, it stays as it is."""
    text = "(https://acme.example/a)b"
    assert in_text(text, UTM) == text


TEXTS = st.lists(
    st.sampled_from(
        ["https://acme.example", "https://example.com", "/a", "?b=c", "#d", ".", ",", ")", "(", " ",
         "word", "日本", "é", "?", "&", "https://t.co/x", "\n", "'", "…"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(TEXTS, TAGS)
def test_a_text_tagged_twice_is_tagged_once(text: str, utm: dict[str, str]) -> None:
    """Tagging again changes nothing, and there are as many addresses as before."""
    links = Links(utm=utm)
    once = in_text(text, links)
    assert in_text(once, links) == once
    assert len(addresses(once)) == len(addresses(text))
    assert in_text(text, Links()) == text


@given(st.text(max_size=100), TAGS)
def test_any_text_is_taken(text: str, utm: dict[str, str]) -> None:
    """Whatever the text, there is an answer."""
    links = Links(utm=utm, only=("acme.example",), deny=("rival.example",))
    assert isinstance(tagged(f"https://{text}", links), str)
    assert isinstance(in_text(f"https://{text}", links), str)
    refused(text, links)
    refused(f"https://{text}", links)
