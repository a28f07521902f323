from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.errors import UserError
from microcom.intake.template_refusal import BadTemplate
from microcom.intake.templates import LARGEST, names, render

VARIABLES: dict[str, object] = {
    "name": "Ann",
    "tags": ["one", "two"],
    "client": None,
    "count": 3,
    "yes": True,
    "vars": {"greeting": "Salut"},
    "long": "x" * 60_000,
}


def refusal(template: str, where: str | None = None) -> BadTemplate:
    """Return the error that a template raises."""
    with pytest.raises(BadTemplate) as caught:
        render(template, VARIABLES, where)
    return caught.value


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ name }}!", "Ann!"),
        ("{{ vars.greeting }}, {{ vars['greeting'] }}", "Salut, Salut"),
        ("{{ tags[0] }} {{ tags | last }} {{ tags | first }}", "one two one"),
        ("{{ tags | join(', ') }}", "one, two"),
        ("{{ name | upper }} {{ name | lower }}", "ANN ann"),
        ("{{ 'a b' | title }} {{ 'a b' | capitalize }}", "A B A b"),
        ("{{ ' a ' | trim }} {{ name | length }}", "a 3"),
        ("{{ 'a-b' | replace('-', ' ') }}", "a b"),
        ("{{ 'one two three' | truncate(9) }}", "one two…"),
        ("{{ 'one two' | truncate(length=4, end='') }}", "one"),
        ("{{ name ~ '-' ~ count }}", "Ann-3"),
        ("{{ 'a' + 'b' }} {{ count + 1 }} {{ count - 1 }}", "ab 4 2"),
        ("{{ yes }}", "true"),
        ("{{ nothing | default('x') }} {{ client | d('y') }}", "x y"),
        ("{% if client %}a{% elif yes %}b{% else %}c{% endif %}", "b"),
        ("{{ 'a' if count > 2 and 'one' in tags else 'b' }}", "a"),
        ("{% if nothing is undefined and count is odd %}a{% endif %}", "a"),
        ("{% for tag in tags %}{{ loop.index }}{{ tag }}{% endfor %}", "1one2two"),
        ("{% for key in vars %}{{ key }}{% else %}none{% endfor %}", "greeting"),
        ("a{# a remark #}b", "ab"),
        ("{% raw %}{{ as it is }}{% endraw %}", "{{ as it is }}"),
        ("<b> & {{ '<i>' }}", "<b> & <i>"),
    ],
)
def test_a_template_is_rendered(template: str, text: str) -> None:
    """Names, filters, conditions and loops do what they say; nothing is escaped."""
    assert render(template, VARIABLES) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("a\n{% if yes %}\nb\n{% endif %}\nc", "a\nb\nc"),
        ("a {% if yes %}b{% endif %}\nc", "a b\nc"),
        ("  {% for tag in tags %}\n- {{ tag }}\n  {% endfor %}\n", "- one\n- two\n"),
        ("{{ name }}\n\n", "Ann\n\n"),
        ("{{ name }}", "Ann"),
        ("{# remark #}\na\n", "a\n"),
        ("a\n{% if yes %}\nb\n{% endif %}\n", "a\nb\n"),
        ("{% raw %}{% x %}\n{% endraw %}b", "{% x %}\nb"),
    ],
)
def test_lines_stay_as_they_were_meant(template: str, text: str) -> None:
    """A line of one tag leaves no empty line, and every other break stays where it is."""
    assert render(template, VARIABLES) == text


@given(st.text())
def test_a_text_without_marks_is_itself(text: str) -> None:
    """Where nothing is asked for, nothing changes, line ends included."""
    plain = text.replace("{", "(")
    assert render(plain, {}) == plain
    assert names(plain) == frozenset()


def test_a_text_without_marks_costs_nothing() -> None:
    """The library is loaded for templates alone."""
    code = (
        "import sys; from microcom.intake.templates import names, render; "
        "render('a { b } %', {}); names('a'); sys.exit('jinja2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_is_named() -> None:
    """The error names what is not there, its line, the nearest, and where the template is."""
    error = refusal("Hello\n{{ nmae }}", "for.acme-x.text")
    assert error.code == "template.unknown"
    assert error.message == "for.acme-x.text, line 2 of the template: There is no 'nmae' here."
    assert error.hint == "Did you mean name?"
    assert error.line == 2


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ nothing }}", "'nothing'"),
        ("{{ nothing.more }}", "'nothing'"),
        ("{{ vars.nothing }}", "'nothing'"),
        ("{{ tags[7] }}", "'7'"),
        ("{{ nothing | upper }}", "'nothing'"),
        ("{{ name ~ nothing }}", "'nothing'"),
        ("{% if nothing %}{% endif %}", "'nothing'"),
        ("{% if nothing == 1 %}{% endif %}", "'nothing'"),
        ("{% for one in nothing %}{% endfor %}", "'nothing'"),
        ("{{ client }}", "no value"),
        ("{{ name | upcase }}", "no filter 'upcase'"),
        ("{{ tags | map('upper') }}", "no filter 'map'"),
        ("{{ name is odder }}", "no test 'odder'"),
        ("{{ name.upper }}", "'upper'"),
        ("{{ name.__class__ }}", "'__class__'"),
        ("{{ name['__class__'] }}", "'__class__'"),
        ("{{ tags.append }}", "'append'"),
        ("{% for t in tags %}{{ loop.__init__ }}{% endfor %}", "'__init__'"),
        ("{% for t in tags %}{{ loop._iterator }}{% endfor %}", "'_iterator'"),
    ],
)
def test_what_is_not_there_is_said(template: str, said: str) -> None:
    """Names, filters and tests that are not there, and what has no value, are one kind of error."""
    error = refusal(template)
    assert error.code == "template.unknown"
    assert said in error.message
    assert error.line == 1


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("{{ name", 1),
        ("\n\n{{ name }", 3),
        ("a\n{% if yes %}", 2),
        ("{% endif %}", 1),
        ("{% foo %}", 1),
        ("{{ 1 2 }}", 1),
        ("{# open", 1),
        ("{{ name | }}", 1),
    ],
)
def test_a_mistake_in_the_syntax_has_its_line(template: str, line: int) -> None:
    """What cannot be read is said with its line, and how to write braces that are meant."""
    error = refusal(template, "text")
    assert error.code == "template.syntax"
    assert error.line == line
    assert f"line {line} of the template" in error.message
    assert "raw" in str(error.hint)


@pytest.mark.parametrize(
    "template",
    [
        "{{ name.upper() }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ '{0.__class__}'.format(name) }}",
        "{{ range(9) }}",
        "{{ lipsum() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self }}",
        "{{ self.__init__ }}",
        "{{ tags }}",
        "{{ vars }}",
        "{{ tags | join(tags) }}",
        "{{ 'a' * 3 }}",
        "{{ 9 ** 9 }}",
        "{{ 9 / 0 }}",
        "{{ '%s' % name }}",
        "{{ name[1:] }}",
        "{{ {'a': 1} }}",
        "{% set a = 1 %}",
        "{% with a = 1 %}{% endwith %}",
        "{% include 'a' %}",
        "{% import 'a' as a %}",
        "{% from 'a' import b %}",
        "{% extends 'a' %}",
        "{% block a %}{% endblock %}",
        "{% macro a() %}{% endmacro %}",
        "{% call name() %}{% endcall %}",
        "{% filter upper %}{% endfilter %}",
        "{% autoescape true %}{% endautoescape %}",
        "{% for a in tags recursive %}{{ loop(tags) }}{% endfor %}",
        "{% for t in tags %}{{ loop }}{% endfor %}{% for t in 3 %}{% endfor %}",
        "{{ name | upper(1) }}",
        "{{ name | truncate('x') }}",
        "{{ name | upper(*tags) }}",
        "{{ name | replace(old='a') }}",
        "{{ name + 1 }}",
        "{{ name > 1 }}",
        "{{ 1 in 2 }}",
        "{{ 1e999 }}",
    ],
)
def test_what_the_language_leaves_out_is_refused(template: str) -> None:
    """Calls, attributes, files, assignments and wrong kinds are refused, without internals."""
    error = refusal(template)
    assert error.code == "template.refused"
    for internal in ("object", "jinja", "Traceback", "<", "argument", "NoneType"):
        assert internal not in error.message


@pytest.mark.parametrize(
    "template",
    [
        "{{ long ~ long ~ long ~ long ~ long }}",
        "{{ long }}" * 5,
        "{{ long | replace('x', long) }}",
        "{{ long | replace('', 'abcdefg') }}",
        "{{ long | join(long) }}",
        "{{ [long, long, long, long, long] | join }}",
        "{{ long + long + long + long + long }}",
        "{% for a in long %}{% for b in long %}{% endfor %}{% endfor %}",
        "{% for a in long %}{{ long | upper }}{% endfor %}",
        "{% for a in long %}{% if long == long %}{% endif %}{% endfor %}",
        "{% for a in long %}{% for b in tags %}{{ 1 }}{% endfor %}{% endfor %}",
        "{% if long in long %}{% endif %}" * 1_000,
        "{{ name }}" + "x" * LARGEST,
    ],
)
def test_size_and_work_are_bounded(template: str) -> None:
    """What would make a text too long, or take too much work, is refused before it is done."""
    assert refusal(template).code == "template.size"


@pytest.mark.parametrize(
    "template",
    [
        "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
        "{{ name" + " | upper" * 5_000 + " }}",
        "{{ name" + ".a" * 5_000 + " }}",
        "{{ " + "1 + " * 5_000 + "1 }}",
        "{{ " + "not " * 5_000 + "1 }}",
        "{{ " + "[" * 5_000 + "]" * 5_000 + " }}",
        "{% if yes %}" * 200 + "{% endif %}" * 200,
        "{% for a in tags %}" * 5 + "{% endfor %}" * 5,
        "{{ " + "9" * 5_000 + " }}",
    ],
)
def test_nesting_is_bounded(template: str) -> None:
    """What is nested too deeply, or a number too long to be one, is refused."""
    assert refusal(template).code == "template.refused"


def test_each_rendering_has_its_own_bounds() -> None:
    """A template that was rendered often is as good as new."""
    for _ in range(100):
        assert len(render("{{ long | upper }}", VARIABLES)) == 60_000


def test_names_are_those_that_are_asked_for() -> None:
    """The names are those from outside, in whatever branch, without the loop's own."""
    loop = "{% for t in tags %}{{ t }}{{ loop.index }}{% endfor %}"
    template = f"{loop}{{% if a.b %}}{{{{ c | d(e) }}}}{{% endif %}}"
    assert names(template) == {"tags", "a", "c", "e"}
    with pytest.raises(BadTemplate) as caught:
        names("{{ open")
    assert caught.value.code == "template.syntax"


SCRAPS = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "{#", "#}", " ", "name", "tags", ".", "|", "upper", "for", "in",
         "if", "endif", "endfor", "else", "'", '"', "(", ")", "[", "]", "+", "-", "~", "*", "1",
         "0x", "1e999", "\n", "\r\n", "loop", "__class__", "is", "not", "default", "join", ",",
         "raw", "endraw", "\ud800", "é", "_", "=", "{", ":", "none", "set", "\x00", "length",
         "for t in tags", "if yes", "{{ name }}", "{% endif %}", "{% endfor %}", "{% if yes %}"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(st.one_of(SCRAPS, SCRAPS.map(lambda text: f"{{{{ {text} }}}}"), st.text()))
def test_whatever_the_text_there_is_an_answer(template: str) -> None:
    """Any text gives a text or an error of ours, and so does asking for its names."""
    assert _answers(partial(render, template, VARIABLES))
    assert _answers(partial(names, template))


def _answers(act: Callable[[], object]) -> bool:
    try:
        act()
    except UserError as error:
        return error.code.startswith("template.") and "Traceback" not in error.message
    return True
