from __future__ import annotations

import pytest

from microcom.core.names import did_you_mean, is_name, nearest


@pytest.mark.parametrize(
    ("text", "fits"),
    [("acme-x", True), ("0", True), ("Acme", False), ("-a", False), ("a_b", False), ("a\n", False)],
)
def test_names(text: str, fits: bool) -> None:  # noqa: FBT001 - a table's column
    """A name is lower-case letters, digits and hyphens, not beginning with a hyphen."""
    assert is_name(text) is fits


def test_the_nearest_name_is_offered() -> None:
    """A slip is answered with what was probably meant; a stranger with the short list."""
    known = ["acme-x", "acme-pins", "lumen-x"]
    assert nearest("acme-xx", known)[0] == "acme-x"
    assert did_you_mean("acme-xx", known).startswith("Did you mean acme-x")
    assert did_you_mean("zzz", known) == "There is acme-pins, acme-x and lumen-x."
    assert did_you_mean("zzz", []) == ""
