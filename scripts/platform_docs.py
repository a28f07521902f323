"""Write docs/platforms from what the platforms declare, or say with --check what is stale.

.venv/bin/python scripts/platform_docs.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from microcom.cli.platforms import facts_in_words, key_in_words, options_by_place
from microcom.core.platform import Lists, Platform
from microcom.platforms import BUILT_IN, load

FOLDER = Path(__file__).parents[1] / "docs" / "platforms"
WRITTEN = (
    "<!-- Written by `make docs` from the platform's own data: change that, not this page. -->"
)


def pages() -> dict[str, str]:
    """Return every page by its file's name."""
    platforms = [load(name) for name in BUILT_IN]
    return {
        "README.md": "\n".join(_index(platforms)),
        **{f"{one.name}.md": "\n".join(_page(one)) for one in platforms},
    }


def stale() -> list[str]:
    """Return the pages that say something else than the platforms do, and those that are gone."""
    wanted = pages()
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    return sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))


def write() -> None:
    """Write every page, and take away what is none."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _index(platforms: list[Platform]) -> Iterator[str]:
    yield WRITTEN
    yield "# The platforms\n"
    yield "What each takes, costs and can prove. `microcom platforms show NAME` says the same.\n"
    yield "| platform | posting to | files | price of a post |"
    yield "|---|---|---|---|"
    for one in platforms:
        for kind, facts in one.capabilities.items():
            said = facts_in_words(facts)
            files = "needed" if facts.media is not None and facts.media.needed else "may be there"
            yield f"| [{one.name}]({one.name}.md) | {kind} | {files} | {said['price']} |"
    yield ""


def _page(platform: Platform) -> Iterator[str]:
    yield WRITTEN
    yield f"# {platform.name}\n"
    for kind, facts in platform.capabilities.items():
        yield f"## Posting to: {kind}\n"
        yield from _table("", "", facts_in_words(facts))
    if platform.places:
        yield "## Communities that every account has\n"
        yield from _table("name", "", {one.name: one.about or one.kind for one in platform.places})
    for where, options in options_by_place(platform).items():
        if options:
            yield f"## Keys of {where}\n"
            yield from _table("key", "", {f"`{one.name}`": key_in_words(one) for one in options})
    if isinstance(platform, Lists):
        yield "`microcom communities list ACCOUNT --live` asks the platform which there are.\n"
    yield "## Logging in\n"
    login = platform.login
    allowed = " ".join(f"`{scope}`" for scope in login.scopes)
    yield from _table("", "", {"a token from": login.token_page, "it must allow": allowed})


def _table(left: str, right: str, rows: Mapping[str, str]) -> Iterator[str]:
    yield f"| {left} | {right} |"
    yield "|---|---|"
    for name, value in rows.items():
        yield f"| {name} | {value.replace('|', '/')} |"
    yield ""


def main(words: list[str]) -> int:
    """Write the pages, or only look at them."""
    if words == ["--check"]:
        found = stale()
        if found:
            sys.stderr.write(f"docs/platforms is stale: {', '.join(found)}. Run: make docs\n")
        return 1 if found else 0
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
