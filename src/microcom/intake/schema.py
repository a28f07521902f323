"""JSON Schemas of our files, for editors: from the same models that read them."""

from __future__ import annotations

from microcom.core.names import did_you_mean
from microcom.core.options import Option
from microcom.core.platform import Platform
from microcom.core.steps import JsonValue
from microcom.errors import UserError
from microcom.intake.models import AccountsFile, PostKeys
from microcom.intake.registry import Registry

DRAFT = "https://json-schema.org/draft/2020-12/schema"
KINDS = ("accounts", "post")
NAMED = frozenset({"properties", "patternProperties", "$defs"})
"""What holds schemas by name: a name there (``default`` is one) is no word of JSON Schema."""
TYPES = {bool: "boolean", int: "integer", str: ["string", "integer"]}


def schema(kind: str, platforms: Registry) -> dict[str, JsonValue]:
    """Return the JSON Schema (draft 2020-12) of ``accounts`` or of a ``post``'s front matter.

    It knows the platforms that are installed. Raises UserError ``schema.unknown``.
    """
    if kind == "accounts":
        return _accounts(platforms)
    if kind == "post":
        return _post(platforms)
    hint = did_you_mean(kind, KINDS) or f"There are {' and '.join(KINDS)}."
    raise UserError(f"There is no schema {kind}.", code="schema.unknown", hint=hint)


def _accounts(platforms: Registry) -> dict[str, JsonValue]:
    whole = _tidied(AccountsFile.model_json_schema())
    shapes = whole["$defs"]
    names = list(platforms.names())
    for shape in ("AppShape", "AccountShape"):
        shapes[shape]["properties"]["platform"] |= {"enum": names}
    for name in names:
        platform = platforms.load(name)
        for shape, options in (
            ("AccountShape", platform.options),
            ("AppShape", platform.app_options),
            ("CommunityShape", platform.place_options),
        ):
            shapes[shape]["additionalProperties"] = False
            for option in options:
                shapes[shape]["properties"].setdefault(option.name, _option(option, name))
    targets = shapes["GroupShape"]["properties"]["targets"]
    groups = whole["properties"]["groups"]["patternProperties"]
    for pattern, group in groups.items():
        groups[pattern] = {"anyOf": [targets, group]}
    return {"$schema": DRAFT, **whole, "title": "microcom accounts"}


def _post(platforms: Registry) -> dict[str, JsonValue]:
    whole = _tidied(PostKeys.model_json_schema())
    whole["properties"]["options"] = {
        "type": "object",
        "additionalProperties": False,
        "description": whole["properties"]["options"]["description"],
        "properties": {name: _options(platforms.load(name)) for name in platforms.names()},
    }
    files = whole["properties"]["media"]
    files["items"] = {"anyOf": [files["items"], {"type": "string"}]}
    targets = whole["properties"]["to"]
    one = {key: targets.pop(key) for key in ("type", "items") if key in targets}
    targets["anyOf"] = [one, one["items"]]
    return {"$schema": DRAFT, **whole, "title": "microcom post"}


def _options(platform: Platform) -> dict[str, JsonValue]:
    """Return the schema of what a post may say to one platform alone."""
    known = {option.name: _option(option, platform.name) for option in platform.post_options}
    return {"type": "object", "additionalProperties": False, "properties": known}


def _option(option: Option, platform: str) -> dict[str, JsonValue]:
    described = {"type": TYPES[option.type], "description": f"{option.help} ({platform} only)"}
    return described if option.default is None else {**described, "default": option.default}


def _tidied(value: JsonValue) -> JsonValue:
    """Return pydantic's schema with our manners.

    A key may be left out but not left empty, a name has to be a name, and defaults are what the
    loader does with a missing key, not something to write.
    """
    if isinstance(value, list):
        return [_tidied(item) for item in value]
    if not isinstance(value, dict):
        return value
    tidy = {
        key: {name: _tidied(one) for name, one in inner.items()} if key in NAMED else _tidied(inner)
        for key, inner in value.items()
        if key != "default"
    }
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    choices = [one for one in tidy.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1:
        del tidy["anyOf"]
        return {**choices[0], **tidy}
    return tidy
