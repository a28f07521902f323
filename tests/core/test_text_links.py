from __future__ import annotations

import pytest

from microcom.core.text import links

LONG = "a" * 63


def urls(text: str) -> list[str]:
    """Return the links of a text as they are written."""
    return [link.url for link in links(text)]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "HTTPS://www.ExaMPLE.COM/index.html",
        "https://example.com/path/to/it?search=foo&lang=en",
        "http://example.com:3000",
        "http://example.com/#!/start",
        "http://example.com?#top",
        "http://a.b.cd",
        "http://a_b.c-d.com",
        "http://sub_domain-dash.example.com",
        "http://✪df.ws/ejp",
        "http://example.рф/путь",
        "http://example.みんな/",
        "http://xn--ls8h.XN--ls8h.la/",
        "http://example.xn--p1ai/a",
        "http://example.com/Русские_слова",
        "https://example.com/wiki/Hatfield–McCoy_feud",  # noqa: RUF001
        "http://example.com/Primer_(film)",
        "http://example.com/a(v=VS.100).aspx",
        "http://example.com/a_(b_(c)_d)",
        "http://example.com/~matthew+%ff-,.;x",
        "http://example.com/688.1",
        "http://example.com/a+",
        "http://example.com/a-",
        "http://example.com/with-period./",
        "http://example.com/some.stm?param1=foo;param2=P1|0||P2|0",
        "http://example.com/a?b#?=&cb=f&ackdata",
        "http://example.com?referer=https://t.co/abcde",
        "https://t.co/UqIyJAJTfo?amp=1",
        "example.com",
        "www.example.co.uk",
        "MLB.tv",
        "t.co",
        "it.so",
        "foo.co.jp/path?a=b",
        "word-and-a-number-8.example.com",
        "ELPAÍS.com",
        f"http://{LONG}.com",
    ],
)
def test_these_are_links(url: str) -> None:
    """An address in a text is a link, whole."""
    assert urls(f"see {url} here") == [url]


@pytest.mark.parametrize(
    "text",
    [
        "http://no-tld",
        "http://localhost/a",
        "http://example.x",
        "ftp.example.c_o_m",
        "http://192.168.0.1/a",
        "http://-twitter.com",
        "http://twitter-.com",
        "http://a.-twitter.com",
        "http://a.twitter_.com",
        "http://_a.example.com",
        "http://a_.example.com",
        "http://under_score.com",
        "under_score.com",
        "http://xn--はじめよう.com/index.html",
        "http://domain.com-and-more",
        "x-/example.com",
        "tar.bz2",
        "1.5 or 2.0",
        "end.Begin",
        "foo.comm",
        "me@example.com",
        "john.doe.gov@mail.com",
        "#example.com @example.com #http://example.com @http://example.com",
        "$http://example.com $example.com $TVI.CA",
        f"http://{LONG}a.com",
        f"http://{'あ' * 60}.com/index.html",
        f"https://t.co/{'a' * 41}",
        f"https://example.com/{'a' * 4070}",
        "...",
        ".com",
        "a.",
    ],
)
def test_these_are_none(text: str) -> None:
    """What is no address, or stands where none may begin, is no link."""
    assert urls(f"see {text} here") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(example.com)", ["example.com"]),
        ("(http://example.com", ["http://example.com"]),
        ("example.com.", ["example.com"]),
        ("example.com/path.", ["example.com/path"]),
        ("http://example.com/path/!!!!!!", ["http://example.com/path/"]),
        ("http://example.com/,,,,,,", ["http://example.com/"]),
        ("http://example.com/(a", ["http://example.com/"]),
        ("http://example.com/?a=b).", ["http://example.com/?a=b"]),
        ("http://example.com/?!!", ["http://example.com/"]),
        ("I like http://t.co/pbY2NfTZ's page", ["http://t.co/pbY2NfTZ"]),
        ("http://t.co/FNkPfmii- ok", ["http://t.co/FNkPfmii"]),
        ("http://t.co/8t7G3ddS#a", ["http://t.co/8t7G3ddS"]),
        ("http:// example.com/path", ["example.com/path"]),
        ("http://a.com\nhttp://b.com", ["http://a.com", "http://b.com"]),
        ("co.uk is bbc.co.uk", ["co.uk", "bbc.co.uk"]),
        ("foo.com,bar.org;baz.net", ["foo.com", "bar.org", "baz.net"]),
        ("a_b.example.com", ["b.example.com"]),
        ("これは。example.com/a中国example.com/b한국", ["example.com/a", "example.com/b"]),
        ("twitter.comこれはt.co/a한국", ["twitter.com", "t.co/a"]),
        ("http://example.comだよね.comtest/hoge", ["http://example.com"]),
        ("日http://example.com/a本", ["http://example.com/a"]),
        ("example.comです twitter.みんなです", ["example.com", "twitter.みんな"]),
        ("\u2066\u202aexample.com\u202c\u2069", ["example.com"]),
        ("the éxample.com", ["éxample.com"]),
        ("éxample.com", ["xample.com"]),  # so X reads the very start of a text
        ("é.com", ["é.com"]),
        (f"http://{LONG}a.com/x example.com", ["example.com"]),
    ],
)
def test_where_a_link_begins_and_ends(text: str, found: list[str]) -> None:
    """A link ends before punctuation around it, and other scripts stand beside it."""
    assert urls(text) == found


def test_the_longest_link() -> None:
    """An address counts as a link up to 4,096 characters, its protocol counted twice."""
    longest = "https://example.com/" + "a" * (4096 - 28)
    assert urls(longest) == [longest]
    assert urls(longest + "a") == []


def test_a_label_is_as_long_as_the_dns_sees_it() -> None:
    """The 63 characters of a label are those of its encoded form."""
    fits, too_long = "あ" * 54, "あ" * 60
    assert urls(f"http://{fits}.com") == [f"http://{fits}.com"]
    assert urls(f"http://{too_long}.com") == []
