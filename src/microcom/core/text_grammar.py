"""What counts as a link, hashtag, cashtag or emoji, as patterns.

The grammar is that of twitter-text 3.1 (github.com/twitter/twitter-text), written anew with the
Unicode classes of the ``regex`` package.
"""

from __future__ import annotations

import regex

from microcom.core.text_tlds import TLDS

_FLAGS = regex.IGNORECASE | regex.VERSION1
_DIRECTION = r"\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069"
_SPACES = r"\u0009-\u000D\u0020\u0085\u00A0\u1680\u180E\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
_PUNCTUATION = r"!'\#%&'()*+,\-./:;<=>?@\[\]\^_{|}~$"
_ACCENTS = (
    r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u00FF\u0100-\u024F\u0253\u0254\u0256\u0257\u0259\u025B"
    r"\u0263\u0268\u026F\u0272\u0289\u028B\u02BB\u0300-\u036F\u1E00-\u1EFF"
)
_LETTER = rf"[^{_PUNCTUATION}{_SPACES}{_DIRECTION}\uFFFE\uFEFF\uFFFF]"
_ENDING = r"(?:\L<tlds>(?=[^0-9a-zA-Z@+-]|$)|xn--[-0-9a-z]+)"
_DOMAIN = (
    rf"(?:(?:{_LETTER}(?:[_-]|{_LETTER})*)?{_LETTER}\.)*"
    rf"(?:(?:{_LETTER}(?:-|{_LETTER})*)?{_LETTER}\.){_ENDING}"
)
_PATH = rf"[a-z\p{{Cyrillic}}0-9!*';:=+,.$/%\#\[\]\-\u2013_~@|&{_ACCENTS}]"
_PATH_END = rf"[\p{{Cyrillic}}a-z0-9=_\#/+\-{_ACCENTS}]"
_PARENS = rf"\((?:{_PATH}+|{_PATH}*\({_PATH}+\){_PATH}*)\)"
_PATHS = rf"(?:{_PATH}*(?:{_PARENS}{_PATH}*)*(?:{_PATH_END}|{_PARENS})|@{_PATH}+/)"
_QUERY = r"[a-z0-9!?*'@();:&=+$/%\#\[\]\-_.,~|]"
_QUERY_END = r"[a-z0-9\-_&=\#/]"
_WORD = (
    r"\p{L}\p{M}\p{Nd}_\u200C\u200D\uA67E\u05BE\u05F3\u05F4\uFF5E\u301C\u309B\u309C\u30A0\u30FB"
    r"\u3003\u0F0B\u0F0C\u00B7"
)


class Grammar:
    """The patterns, compiled."""

    def __init__(self) -> None:
        self.url = regex.compile(
            rf"(?P<before>[^A-Za-z0-9@\uFF20$\#\uFF03\u202A-\u202E]|^)"
            rf"(?P<url>(?P<protocol>https?://)?(?P<domain>{_DOMAIN})(?::\d+)?"
            rf"(?P<path>/(?:{_PATHS})*)?(?P<query>\?{_QUERY}*{_QUERY_END})?)",
            _FLAGS,
            tlds=TLDS,
        )
        self.ascii_domain = regex.compile(
            rf"(?:[-a-z0-9{_ACCENTS}]+\.)+{_ENDING}", _FLAGS, tlds=TLDS
        )
        self.short = regex.compile(
            rf"https?://t\.co/(?P<slug>[a-z0-9]+)(?:\?{_QUERY}*{_QUERY_END})?", _FLAGS
        )
        self.hashtag = regex.compile(
            rf"(?:^|\uFE0E|\uFE0F|[^{_WORD}&])[\#\uFF03](?![\uFE0F\u20E3])"
            rf"(?=[{_WORD}]*[\p{{L}}\p{{M}}])(?P<tag>[{_WORD}]++)(?!\#|\uFF03|://)",
            _FLAGS,
        )
        self.cashtag = regex.compile(
            rf"(?:^|[{_SPACES}{_DIRECTION}])\$(?P<tag>[a-z]{{1,6}}(?:[._][a-z]{{1,2}})?)"
            rf"(?=$|\s|[{_PUNCTUATION}])",
            _FLAGS,
        )
        self.emoji = _emoji()


def _emoji() -> regex.Pattern[str]:
    """Return what is shown as one picture: flags, keycaps, tags, joined and toned sequences."""
    plain = r"[\u00A9\u00AE\u203C\u2049\u2122\u2139]"
    one = r"(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{Extended_Pictographic}\uFE0F?)"
    return regex.compile(
        r"\p{RI}\p{RI}"
        r"|[0-9\#*]\uFE0F?\u20E3"
        r"|\U0001F3F4[\U000E0020-\U000E007E]+\U000E007F"
        rf"|{plain}\uFE0F"
        rf"|(?!{plain}){one}(?:\u200D{one})*"
    )
