"""The pages say what the program's own data says, and lead to each other."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.intake.models import AccountsFile

if TYPE_CHECKING:
    from pydantic import BaseModel

ROOT = Path(__file__).parents[2]


def test_the_platforms_pages_are_fresh() -> None:
    """`make docs` would change nothing."""
    done = subprocess.run(
        [sys.executable, "scripts/platform_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def _keys(shape: type[BaseModel]) -> Iterator[str]:
    """Yield the keys of a block and of all blocks in it."""
    schema = shape.model_json_schema()
    for block in (schema, *schema.get("$defs", {}).values()):
        yield from block.get("properties", {})


def test_every_key_of_accounts_files_is_described() -> None:
    """docs/files.md names each key that accounts.yaml may have, and the example shows each."""
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    named = {word for code in re.findall("`(.*?)`", page) for word in re.findall("[a-z_]+", code)}
    shown = set(re.findall("[a-z_]+(?=:)", (ROOT / "accounts.example.yaml").read_text("utf-8")))
    keys = set(_keys(AccountsFile))
    assert keys - named == set()
    assert keys - shown - {"app"} == set()


def test_links_between_pages_lead_somewhere() -> None:
    """Each link of a page to another page, and to a heading of it, is good."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/README.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
        if "://" not in link and not _leads(page, link)
    ]
    assert broken == []


def _leads(page: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = page if not path else page.parent / path
    if not target.exists():
        return False
    return not heading or heading in _headings(target.read_text(encoding="utf-8"))


def _headings(text: str) -> set[str]:
    """Return the headings of a page as addresses name them."""
    found = re.findall("^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in found}
