"""Templates in what people write: ``{{ greeting }}``, ``{% if %}``, ``{% for %}``, and no more.

The language is a small part of Jinja2's (``template_engine``): values, filters, conditions and
loops over what is given. Nothing can be called and no attribute of an object be read, so that a
template from anywhere is text and nothing else. Sizes and work are bounded.
"""

from __future__ import annotations

from collections.abc import Mapping

from microcom.intake.template_refusal import BadTemplate

LARGEST = 64 * 1024
"""The longest template, in characters; what it makes may be four times as long."""
MARKS = ("{{", "{%", "{#")


def render(template: str, variables: Mapping[str, object], where: str | None = None) -> str:
    """Return the template with the variables in it; a text without marks comes back as it is.

    Variables are texts, numbers, true or false, None (no value), lists and mappings of these.
    ``where`` is what messages call the template. A line that holds nothing but one ``{% … %}``
    leaves no empty line behind (except where there is ``{% raw %}``), and a template that ends
    with a newline makes a text that does. BadTemplate says what is wrong.
    """
    if not is_template(template):
        return template
    from microcom.intake.template_engine import rendered

    return rendered(_bounded(template, where), variables, where)


def names(template: str) -> frozenset[str]:
    """Return the variables that a template asks for, whatever the conditions around them."""
    if not is_template(template):
        return frozenset()
    from microcom.intake.template_engine import asked_for

    return asked_for(_bounded(template, None))


def is_template(text: str) -> bool:
    """Say whether a text holds anything to render."""
    return any(mark in text for mark in MARKS)


def _bounded(template: str, where: str | None) -> str:
    if len(template) > LARGEST:
        message = (
            f"{where or 'The template'} has {len(template)} characters; {LARGEST} is the most."
        )
        raise BadTemplate(message, code="template.size", hint="Make it shorter.")
    return template
