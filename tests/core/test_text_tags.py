# ruff: noqa: RUF001 - letters of many scripts, which look like others
from __future__ import annotations

import pytest

from microcom.core.text import cashtags, hashtags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#latteart and #barista", ["latteart", "barista"]),
        ("#1st, #that1time #easyas123", ["1st", "that1time", "easyas123"]),
        ("#1 #12345 #_ #1_2 #〃", []),
        ("#a: #b; #c, #d. #e! #f?", ["a", "b", "c", "d", "e", "f"]),
        (":#a ;#b ,#c .#d !#e ?#f (#g) ’#h", ["a", "b", "c", "d", "e", "f", "g", "h"]),
        ("a#b &#c _#d 1#e", []),
        ("日本語#日本語 日本語。#日本語。", ["日本語"]),
        ("＃日本 ＃ｈａｓｈ１２", ["日本", "ｈａｓｈ１２"]),
        ("#a#b", []),
        ("##a", ["a"]),
        ("#a://b #http://example.com", []),
        ("https://example.com/#top example.com/#top", []),
        ("#日本example.com/#x", ["日本example", "x"]),
        ("✌#a ✌️#b ✌︎#c 👍🏿#d", ["a", "b", "c", "d"]),
        ("#️⃣a #⃣b", []),  # a keycap is no sign
        ("#café #münchen #Ateş #Čeština", ["café", "münchen", "Ateş", "Čeština"]),
        ("#ашок #트위터 #カタカナ #サッカー", ["ашок", "트위터", "カタカナ", "サッカー"]),
        ("#महात्मा_१२३४ #१२३४", ["महात्मा_१२३४"]),
        ("#สนามบิน #بری\u200cخواهم #il·lusió", ["สนามบิน", "بری\u200cخواهم", "il·lusió"]),
        ("#\U00020021 #A\U000104a0", ["\U00020021", "A\U000104a0"]),
        ("no tag # here", []),
    ],
)
def test_hashtags(text: str, tags: list[str]) -> None:
    """A hashtag holds a letter, stands apart from words, and is none inside a link."""
    assert list(hashtags(text)) == tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("$AAPL, $BRK.A and $sym_ab", ["AAPL", "BRK.A", "sym_ab"]),
        ("$TEST. $TEST_ $TEST!", ["TEST", "TEST", "TEST"]),
        ("\u3000$AAPL\n$FB", ["AAPL", "FB"]),
        ("$5 $123 $test123 $ストック $ſim", []),
        ("a$b $TOOLONGX $$AB ($AB) $", []),
        ("$AAPL$FB", ["AAPL"]),
        ("no money", []),
    ],
)
def test_cashtags(text: str, tags: list[str]) -> None:
    """A cashtag is a sign and one to six Latin letters after a blank or at the start."""
    assert list(cashtags(text)) == tags
