from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from tests.intake.fakes import REGISTRY
from tests.intake.test_accounts import STUDIO

from microcom import platforms
from microcom.core.steps import JsonValue
from microcom.errors import UserError
from microcom.intake.accounts import load, understood
from microcom.intake.schema import schema
from microcom.intake.starter import starter, write_starter

ROOT = Path(__file__).parents[2]


def _yaml(text: str) -> JsonValue:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("kind", ["accounts", "post"])
def test_schemas_are_valid(kind: str) -> None:
    """Both schemas hold to JSON Schema's own schema."""
    Draft202012Validator.check_schema(schema(kind, REGISTRY))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (STUDIO, True),
        ("project: p\naccounts: {a: {platform: pond, handle: 12, premium: true}}", True),
        ("project: p\nquiet: []\n", False),
        ("project: My Project\n", False),
        ("project: p\nrules: {pause: 20m}\n", False),
        ("project: p\naccounts: {a: {platform: pnd, handle: a}}\n", False),
        ("project: p\naccounts: {a: {platform: pond, handle: a, premum: true}}\n", False),
        ("project: p\naccounts: {A b: {platform: pond, handle: a}}\n", False),
        ("project: p\naccounts: {a: {platform: pond, handle: '@a'}}\n", False),
        ("project: p\ngroups: {g: a}\n", False),
    ],
)
def test_the_schema_agrees_with_the_loader(text: str, fits: bool) -> None:  # noqa: FBT001 - a case
    """What an editor underlines is what the loader refuses."""
    validator = Draft202012Validator(schema("accounts", REGISTRY))
    assert validator.is_valid(_yaml(text)) is fits


def test_the_schema_knows_the_platforms() -> None:
    """Keys that only some platform understands are in the schema, with their meaning."""
    account = schema("accounts", REGISTRY)["$defs"]["AccountShape"]["properties"]
    assert account["platform"]["enum"] == ["pond", "cove"]
    assert account["premium"] == {
        "type": "boolean",
        "description": "long texts (pond only)",
        "default": False,
    }


@pytest.mark.parametrize(
    ("keys", "fits"),
    [
        ({"id": "a", "to": "acme", "at": "22:30", "campaign": "c"}, True),
        ({"to": ["acme", "b/c"]}, True),
        ({"titel": "x"}, False),
        ({"title": "x", "media": ["a.jpg", {"file": "b.jpg", "alt": ""}]}, True),
        ({"id": "A b"}, False),
    ],
)
def test_the_posts_schema(keys: JsonValue, fits: bool) -> None:  # noqa: FBT001 - a case
    """The schema of a post is that of its keys."""
    assert Draft202012Validator(schema("post", REGISTRY)).is_valid(keys) is fits


def test_an_unknown_schema_is_said() -> None:
    """A schema that there is not comes with those there are."""
    with pytest.raises(UserError) as caught:
        schema("acounts", REGISTRY)
    assert caught.value.hint == "Did you mean accounts?"


@pytest.mark.parametrize("handle", ["yourhandle", "@Acme_Coffee", "12345", "@", "日本"])
def test_the_starter_is_right_as_it_stands(handle: str) -> None:
    """The file that `init` writes loads without a mistake, whoever it is for."""
    text = starter("Europe/Paris", "pond", handle=handle, project="Studio North")
    config = understood({"accounts.yaml": text.encode()}, REGISTRY)
    (account,) = config.accounts.values()
    assert account.handle == (handle.lstrip("@") or "yourhandle")
    assert config.project == "studio-north"
    assert config.timezone == "Europe/Paris"
    assert Draft202012Validator(schema("accounts", REGISTRY)).is_valid(_yaml(text))


def test_the_starters_comments_are_right_too() -> None:
    """What the starter shows in comments loads as well."""
    text, commented = (
        starter("UTC", "pond", handle="acme"),
        ("# apps", "# rules", "# groups", "#  "),
    )
    shown = "".join(
        line.removeprefix("# ") if line.startswith(commented) else line
        for line in text.splitlines(keepends=True)
    )
    config = understood({"accounts.yaml": shown.encode()}, REGISTRY)
    assert list(config.groups) == ["friends"]
    assert config.accounts["acme-pond"].client_id == "THE_ID"
    assert config.accounts["acme-pond"].rules.ceiling is not None


def test_the_starter_overwrites_nothing(tmp_path: Path) -> None:
    """A file that is there already stays as it is."""
    file = tmp_path / "accounts.yaml"
    write_starter(file, "first")
    with pytest.raises(UserError) as caught:
        write_starter(file, "second")
    assert caught.value.code == "config.exists"
    assert file.read_text() == "first"
    with pytest.raises(UserError) as caught:
        write_starter(tmp_path / "none" / "accounts.yaml", "x")
    assert caught.value.code == "file.unwritable"


def test_the_example_is_right() -> None:
    """The example at the top of the repository loads, and fits the schema."""
    file = ROOT / "accounts.example.yaml"
    config = load([file], platforms)
    assert config.groups
    assert Draft202012Validator(schema("accounts", platforms)).is_valid(_yaml(file.read_text()))
