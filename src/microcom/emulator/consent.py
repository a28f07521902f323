"""The page where a person lets an app in: plain HTML, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from microcom.values import dataclass

GUARDS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
"""No ``form-action``: browsers hold redirects against it too, and a consent ends in one."""

STYLE = """
:root{color-scheme:light dark;--line:#8884;--dim:#777;--go:#0a7d4f}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center}
main{width:min(28rem,100%);padding:2rem 1.5rem}
.from{color:var(--dim);font-size:.85rem;margin:0 0 1.5rem;border-left:3px solid #c80;padding-left:
.6rem}
h1{font-size:1.35rem;line-height:1.3;margin:0 0 1rem}
ul{list-style:none;padding:0;margin:0 0 1.25rem;border:1px solid var(--line);border-radius:.6rem}
li{padding:.55rem .9rem}li+li{border-top:1px solid var(--line)}
li label{display:flex;gap:.6rem;align-items:center}
code{font:.9em ui-monospace,monospace}
.who{display:block;margin:0 0 1.25rem;color:var(--dim);font-size:.9rem}
.who input{display:block;width:100%;margin-top:.3rem;padding:.6rem .7rem;font:inherit;
border:1px solid var(--line);border-radius:.5rem;background:transparent;color:CanvasText}
.who input:focus{outline:2px solid var(--go)}
.do{display:flex;gap:.75rem}
button{flex:1;padding:.65rem;font:inherit;font-weight:600;border-radius:.5rem;cursor:pointer;
border:1px solid var(--line);background:transparent;color:inherit}
button.yes{background:var(--go);border-color:var(--go);color:#fff}
.wrong{color:#c22;margin:0 0 1rem}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app asks for; ``ticks`` when a person may leave some of it out."""

    platform: str
    app: str
    scopes: Sequence[str]
    ticks: bool
    nonce: str
    suggested: str = ""
    people: Sequence[str] = ()
    wrong: str = ""


def page(asked: Asked) -> str:
    """Return the page that asks for a person's yes."""
    wrong = f'<p class="wrong">{escape(asked.wrong)}</p>' if asked.wrong else ""
    return _whole(
        f"Let {asked.app} in?",
        f"""<h1>Let <code>{escape(asked.app)}</code> use your {escape(asked.platform)} account?</h1>
<form method="post">{wrong}
<ul>{"".join(_scopes(asked))}</ul>
<label class="who">Your username
<input name="username" value="{escape(asked.suggested)}" list="people" autocomplete="off"
autocapitalize="off" spellcheck="false" autofocus></label>
<datalist id="people">{"".join(_people(asked))}</datalist>
<input type="hidden" name="nonce" value="{escape(asked.nonce)}">
<div class="do"><button name="answer" value="deny">Deny</button>
<button class="yes" name="answer" value="allow">Allow</button></div></form>""",
    )


def wrong(platform: str, words: str) -> str:
    """Return the page for a request that must not be answered elsewhere."""
    return _whole(
        "Something went wrong",
        f"<h1>{escape(platform)} cannot let this app in</h1><p>{escape(words)}</p>",
    )


def _people(asked: Asked) -> Iterable[str]:
    return (f'<option value="{escape(one)}">' for one in asked.people)


def _scopes(asked: Asked) -> Iterable[str]:
    for scope in asked.scopes:
        text = f"<code>{escape(scope)}</code>"
        if asked.ticks:
            box = f'<input type="checkbox" name="scope" value="{escape(scope)}" checked>'
            text = f"<label>{box} {text}</label>"
        yield f"<li>{text}</li>"


def _whole(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><style>'
        f'{STYLE}</style><main><p class="from">An emulator on this machine: nothing here reaches '
        f"a real account.</p>{body}</main></html>"
    )
