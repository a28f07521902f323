# ruff: noqa: RUF001, SIM905 - the signs themselves, in tables that can be read
"""Which characters show one picture together, and so weigh as one.

The pictures are those of Unicode's emoji list, version 16 (2024-09), and no newer: what X does not
know yet as one picture it counts sign by sign, and a count should not be too low. To refresh: take
what a newer emoji-test.txt (unicode.org/Public/emoji) calls fully-qualified. TAKES_PICTURE is what
twitter-text 3.1.0 was seen to take with U+FE0F beyond that list (2026-11).
"""

from __future__ import annotations

NEEDS_PICTURE = frozenset(
    "©®‼⁉™ℹ↔↕↖↗↘↙↩↪⌨⏏⏭⏮⏯⏱⏲⏸⏹⏺Ⓜ▪▫▶◀◻◼☀☁☂☃☄☎☑☘☝☠☢☣☦☪"
    "☮☯☸☹☺♀♂♟♠♣♥♦♨♻♾⚒⚔⚕⚖⚗⚙⚛⚜⚠⚧⚰⚱⛈⛏⛑⛓⛩⛰⛱⛴⛷⛸⛹✂✈✉✌✍✏"
    "✒✔✖✝✡✳✴❄❇❣❤➡⤴⤵⬅⬆⬇〰〽㊗㊙🅰🅱🅾🅿🈂🈷🌡🌤🌥🌦🌧🌨🌩🌪🌫🌬🌶🍽🎖🎗🎙🎚🎛"
    "🎞🎟🏋🏌🏍🏎🏔🏕🏖🏗🏘🏙🏚🏛🏜🏝🏞🏟🏳🏵🏷🐿👁📽🕉🕊🕯🕰🕳🕴🕵🕶🕷🕸🕹🖇🖊🖋🖌🖍🖐🖥🖨🖱"
    "🖲🖼🗂🗃🗄🗑🗒🗓🗜🗝🗞🗡🗣🗨🗯🗳🗺🛋🛍🛎🛏🛠🛡🛢🛣🛤🛥🛩🛰🛳"
)
"""Text by themselves, a picture with U+FE0F."""
TAKES_PICTURE = frozenset(
    "⌚⌛◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛔⛪⛲⛳⛵⛺⛽❗⬛⬜⭐⭕🀄🈚🈯"
)
"""A picture by themselves; U+FE0F behind them adds nothing."""
TONED = frozenset(
    "☝⛹✊✋✌✍🎅🏂🏃🏄🏇🏊🏋🏌👂👃👆👇👈👉👊👋👌👍👎👏👐👦👧👨👩👫👬👭👮👰👱👲👳👴👵👶👷👸"
    "👼💁💂💃💅💆💇💏💑💪🕴🕵🕺🖐🖕🖖🙅🙆🙇🙋🙌🙍🙎🙏🚣🚴🚵🚶🛀🛌🤌🤏🤘🤙🤚🤛🤜🤝🤞🤟🤦🤰🤱🤲"
    "🤳🤴🤵🤶🤷🤸🤹🤽🤾🥷🦵🦶🦸🦹🦻🧍🧎🧏🧑🧒🧓🧔🧕🧖🧗🧘🧙🧚🧛🧜🧝🫃🫄🫅🫰🫱🫲🫳🫴🫵🫶🫷🫸"
)
"""What a skin tone joins."""
FLAGS = frozenset(
    """
AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO
BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CP CQ CR CU CV CW CX CY CZ DE
DG DJ DK DM DO DZ EA EC EE EG EH ER ES ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL
GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU IC ID IE IL IM IN IO IQ IR IS IT JE JM JO
JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH
MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA
PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL
SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM
UN US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
""".split()
)
"""The regions that have a flag."""
NATIONS = ("gbeng", "gbsct", "gbwls")
"""The flags that are spelt in tags behind a black flag."""
JOINED = {
    "never": """
⛓+💥 ❤+🔥 ❤+🩹 🍄+🟫 🍋+🟩 🏳+⚧ 🏳+🌈 🏴+☠ 🐈+⬛ 🐕+🦺 🐦+⬛ 🐦+🔥 🐻+❄ 👁+🗨 👨+👦
👨+👦+👦 👨+👧 👨+👧+👦 👨+👧+👧 👨+👨+👦 👨+👨+👦+👦 👨+👨+👧 👨+👨+👧+👦 👨+👨+👧+👧
👨+👩+👦 👨+👩+👦+👦 👨+👩+👧 👨+👩+👧+👦 👨+👩+👧+👧 👩+👦 👩+👦+👦 👩+👧 👩+👧+👦
👩+👧+👧 👩+👩+👦 👩+👩+👦+👦 👩+👩+👧 👩+👩+👧+👦 👩+👩+👧+👧 👯+♀ 👯+♂ 😮+💨 😵+💫
😶+🌫 🙂+↔ 🙂+↕ 🤼+♀ 🤼+♂ 🧑+🧑+🧒 🧑+🧑+🧒+🧒 🧑+🧒 🧑+🧒+🧒 🧞+♀ 🧞+♂ 🧟+♀ 🧟+♂
""",
    "first": """
⛹+♀ ⛹+♂ 🏃+♀ 🏃+♀+➡ 🏃+♂ 🏃+♂+➡ 🏃+➡ 🏄+♀ 🏄+♂ 🏊+♀ 🏊+♂ 🏋+♀ 🏋+♂ 🏌+♀
🏌+♂ 👨+⚕ 👨+⚖ 👨+✈ 👨+🌾 👨+🍳 👨+🍼 👨+🎓 👨+🎤 👨+🎨 👨+🏫 👨+🏭 👨+💻 👨+💼 👨+🔧
👨+🔬 👨+🚀 👨+🚒 👨+🦯 👨+🦯+➡ 👨+🦰 👨+🦱 👨+🦲 👨+🦳 👨+🦼 👨+🦼+➡ 👨+🦽 👨+🦽+➡
👩+⚕ 👩+⚖ 👩+✈ 👩+🌾 👩+🍳 👩+🍼 👩+🎓 👩+🎤 👩+🎨 👩+🏫 👩+🏭 👩+💻 👩+💼 👩+🔧 👩+🔬
👩+🚀 👩+🚒 👩+🦯 👩+🦯+➡ 👩+🦰 👩+🦱 👩+🦲 👩+🦳 👩+🦼 👩+🦼+➡ 👩+🦽 👩+🦽+➡ 👮+♀
👮+♂ 👰+♀ 👰+♂ 👱+♀ 👱+♂ 👳+♀ 👳+♂ 👷+♀ 👷+♂ 💁+♀ 💁+♂ 💂+♀ 💂+♂ 💆+♀ 💆+♂
💇+♀ 💇+♂ 🕵+♀ 🕵+♂ 🙅+♀ 🙅+♂ 🙆+♀ 🙆+♂ 🙇+♀ 🙇+♂ 🙋+♀ 🙋+♂ 🙍+♀ 🙍+♂ 🙎+♀
🙎+♂ 🚣+♀ 🚣+♂ 🚴+♀ 🚴+♂ 🚵+♀ 🚵+♂ 🚶+♀ 🚶+♀+➡ 🚶+♂ 🚶+♂+➡ 🚶+➡ 🤦+♀ 🤦+♂
🤵+♀ 🤵+♂ 🤷+♀ 🤷+♂ 🤸+♀ 🤸+♂ 🤹+♀ 🤹+♂ 🤽+♀ 🤽+♂ 🤾+♀ 🤾+♂ 🦸+♀ 🦸+♂ 🦹+♀
🦹+♂ 🧍+♀ 🧍+♂ 🧎+♀ 🧎+♀+➡ 🧎+♂ 🧎+♂+➡ 🧎+➡ 🧏+♀ 🧏+♂ 🧑+⚕ 🧑+⚖ 🧑+✈ 🧑+🌾
🧑+🍳 🧑+🍼 🧑+🎄 🧑+🎓 🧑+🎤 🧑+🎨 🧑+🏫 🧑+🏭 🧑+💻 🧑+💼 🧑+🔧 🧑+🔬 🧑+🚀 🧑+🚒 🧑+🦯
🧑+🦯+➡ 🧑+🦰 🧑+🦱 🧑+🦲 🧑+🦳 🧑+🦼 🧑+🦼+➡ 🧑+🦽 🧑+🦽+➡ 🧔+♀ 🧔+♂ 🧖+♀ 🧖+♂
🧗+♀ 🧗+♂ 🧘+♀ 🧘+♂ 🧙+♀ 🧙+♂ 🧚+♀ 🧚+♂ 🧛+♀ 🧛+♂ 🧜+♀ 🧜+♂ 🧝+♀ 🧝+♂
""",
    "both": """
👨+❤+👨 👨+❤+💋+👨 👩+❤+👨 👩+❤+👩 👩+❤+💋+👨 👩+❤+💋+👩 🧑+🤝+🧑
""",
    "different": """
👨+🤝+👨 👩+🤝+👨 👩+🤝+👩 🧑+❤+💋+🧑 🧑+❤+🧑 🫱+🫲
""",
}
"""Signs that are joined to one picture, by which of them have a skin tone.

``first``: the first may; ``both``: the first and the last, or neither; ``different``: the first
and the last, and not the same.
"""
