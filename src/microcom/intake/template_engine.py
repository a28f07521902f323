"""The engine behind ``templates``: Jinja2's sandbox, with the language cut down before it runs.

Three walls, each enough by itself against most of what can be tried: only the syntax that
``template_language`` lets through is compiled (no call, no assignment, no import, no ``*``); the
sandbox reads keys and list items alone, never attributes; each loop, filter, sum and comparison is
paid for from one purse (``Effort``), in advance and by its size.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes, pass_context
from jinja2.exceptions import TemplateError, UndefinedError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Context, LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from microcom.core.names import did_you_mean
from microcom.intake.template_filters import FILTERS, Effort, fit, size_of, words
from microcom.intake.template_language import TESTS, Charged, below, look_at
from microcom.intake.template_refusal import BadTemplate, Refused

if TYPE_CHECKING:
    from types import TracebackType

    from jinja2 import Template

PURSE = " effort"  # no template can spell a name with a blank
RAW = re.compile(r"\{%[-+]?\s*raw")
LINE_END = re.compile(r"^(.*[^-+\n])([%#]\})$", re.MULTILINE)
TAG_ALONE = re.compile(r"\s*\{([%#])(?:(?!\1\}).)*\1\}")
LOOP = ("index", "index0", "revindex", "revindex0", "first", "last", "length")
ERRORS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, MemoryError)


class _Missing(UndefinedError):
    """A name that is not there."""

    def __init__(self, name: str, message: str | None = None) -> None:
        super().__init__(message)
        self.name = name


class _Unknown(StrictUndefined):
    """What stands for a name that is not there, and remembers it."""

    __slots__ = ()

    def __init__(
        self, hint: str | None = None, obj: object = None, name: str | None = None, *_: object
    ) -> None:
        known: Any = partial(_Missing, str(name))
        super().__init__(hint, obj, name, known)


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, where nothing has attributes."""

    intercepted_binops = frozenset({"+", "-"})

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja2's own
        """Return what a mapping has under a key, or what a loop knows of itself."""
        if isinstance(obj, LoopContext) and attribute in LOOP:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401 - Jinja2's own
        """Return what a mapping or list has at a place."""
        if isinstance(obj, Undefined):
            words(obj)  # says which name is not there
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        is_place = isinstance(obj, Sequence) and isinstance(argument, int)
        if is_place and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=None, name=str(argument))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - Jinja2's own
        """Add and subtract numbers, and put texts together while they are small."""
        if isinstance(left, int | float) and isinstance(right, int | float):
            return left + right if operator == "+" else left - right
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            _effort(context).spend(fit(len(left) + len(right)))
            return left + right
        hint = "Texts are put together with ~: {{ a ~ b }}"
        raise Refused(
            "template.refused", f"These two cannot be put together with {operator}.", hint
        )


def rendered(template: str, variables: Mapping[str, object], where: str | None) -> str:
    """Return a template with the variables in it, or raise BadTemplate."""
    compiled = _compiled(template) if where is None else _located(template, where)
    known = {**variables, PURSE: Effort()}
    try:
        text = _drained(compiled.root_render_func(compiled.new_context(known)))
    except (Refused, TemplateError, RecursionError, *ERRORS) as error:
        line = _line(compiled, error.__traceback__)
        raise _bad(error, line, where, tuple(variables)) from None
    ends = template.endswith("\n") and not text.endswith("\n")
    return f"{text}\n" if ends else text


def asked_for(template: str) -> frozenset[str]:
    """Return the variables that a template asks for."""
    return frozenset(find_undeclared_variables(_parsed(template)))


def _located(template: str, where: str) -> Template:
    try:
        return _compiled(template)
    except BadTemplate as error:
        message = f"{where}, {error.message[0].lower()}{error.message[1:]}"
        raise BadTemplate(message, code=error.code, hint=error.hint, line=error.line) from None


@lru_cache(maxsize=256)
def _compiled(template: str) -> Template:
    tree = Charged().visit(_parsed(template))
    try:
        return _engine(trims=False).from_string(tree)
    except (Refused, TemplateError, SyntaxError, RecursionError, *ERRORS) as error:
        raise _bad(error, getattr(error, "lineno", None), None, ()) from None


def _parsed(template: str) -> nodes.Template:
    """Return a template's tree, if there is nothing in it but what this language has."""
    has_raw = RAW.search(template) is not None
    source = template if has_raw else LINE_END.sub(_ended, template)
    try:
        tree = _engine(trims=not has_raw).parse(source)
    except (TemplateError, RecursionError, *ERRORS) as error:
        raise _bad(error, getattr(error, "lineno", None), None, ()) from None
    for node, depth, loops in below(tree):
        try:
            look_at(node, depth, loops)
        except Refused as refusal:
            raise _bad(refusal, node.lineno, None, ()) from None
    return tree


def _ended(found: re.Match[str]) -> str:
    """Return a line that ends with a tag: what else is on it keeps the break behind the tag."""
    if TAG_ALONE.fullmatch(found[0]):
        return found[0]
    return f"{found[1]}+{found[2]}"


@lru_cache(maxsize=2)
def _engine(*, trims: bool) -> _Environment:
    engine = _Environment(
        undefined=_Unknown,
        autoescape=False,
        optimized=False,
        keep_trailing_newline=True,
        trim_blocks=trims,
        lstrip_blocks=trims,
        finalize=_printed,
        cache_size=0,
    )
    engine.globals.clear()
    engine.filters.clear()
    for name, (work, example) in FILTERS.items():
        engine.filters[name] = pass_context(partial(_apply, name, work, example))
    engine.filters.update(default=_default, d=_default, weighed=_weighed, rounds=_rounds)
    for name in [one for one in engine.tests if one not in TESTS]:
        del engine.tests[name]
    return engine


def _apply(
    name: str,
    work: Callable[..., object],
    example: str,
    context: Context,
    *values: object,
    **named: object,
) -> object:
    """Do what a filter does, and pay for what goes in and comes out."""
    _effort(context).spend(1 + sum(map(size_of, (*values, *named.values()))))
    try:
        result = work(*values, **named)
    except (TypeError, ValueError):
        if any(isinstance(one, Undefined) for one in values):
            raise
        message = f"The filter {name} cannot be used like this."
        raise Refused("template.refused", message, f"It is used so: {example}") from None
    if isinstance(result, str):
        _effort(context).spend(fit(len(result)))
    return result


def _default(value: object, instead: object = "") -> object:
    """Return what stands in for what is not there or has no value."""
    return instead if value is None or isinstance(value, Undefined) else value


@pass_context
def _printed(context: Context, value: object) -> str:
    """Return a value as it is printed, paid for."""
    text = words(value)
    _effort(context).spend(1 + fit(len(text)))
    return text


@pass_context
def _weighed(context: Context, value: object) -> object:
    """Return what is compared, paid for."""
    _effort(context).spend(1 + size_of(value))
    return value


@pass_context
def _rounds(context: Context, value: object, size: int) -> object:
    """Return what a loop goes through, paid for."""
    if isinstance(value, Undefined):
        words(value)
    if not isinstance(value, Sequence | Mapping):
        hint = "A loop takes a list: {% for tag in tags %}"
        raise Refused("template.refused", "This cannot be looped over.", hint)
    _effort(context).spend(len(value) * size * 8)
    return value


def _effort(context: Context) -> Effort:
    effort: Effort = context.parent[PURSE]
    return effort


def _drained(chunks: Iterator[str]) -> str:
    """Return what a template makes, if it is not too long."""
    pieces: list[str] = []
    size = 0
    for chunk in chunks:
        size = fit(size + len(chunk))
        pieces.append(chunk)
    return "".join(pieces)


def _line(template: Template, trace: TracebackType | None) -> int | None:
    """Return the line of the template in which an error was raised."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code is template.root_render_func.__code__:
            line = template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return line


def _bad(
    error: BaseException, line: int | None, where: str | None, known: Sequence[str]
) -> BadTemplate:
    """Return an error in our words, at its line."""
    code, message, hint = _words_of(error, known)
    place = f"line {line} of the template" if line else "the template"
    place = f"{where}, {place}" if where else place.capitalize()
    return BadTemplate(f"{place}: {message}", code=code, hint=hint, line=line)


def _words_of(error: BaseException, known: Sequence[str]) -> tuple[str, str, str | None]:
    if isinstance(error, Refused):
        return error.code, error.message, error.hint
    if isinstance(error, _Missing):
        hint = did_you_mean(error.name, known) or (f"There is {', '.join(sorted(known))}.")
        return "template.unknown", f"There is no {error.name!r} here.", hint if known else None
    if isinstance(error, TemplateSyntaxError):
        hint = "What is meant as it stands goes between {% raw %} and {% endraw %}."
        return "template.syntax", (error.message or "It cannot be read.").rstrip(".") + ".", hint
    if isinstance(error, RecursionError | SyntaxError | MemoryError):
        return "template.refused", "This is nested too deeply.", "Make it simpler."
    return "template.refused", "These values cannot be used together like this.", None
