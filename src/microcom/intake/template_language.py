"""The part of Jinja2's language that templates have, and what in it has to be paid for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isinf
from typing import cast

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from microcom.core.names import did_you_mean
from microcom.intake.template_filters import FILTERS
from microcom.intake.template_refusal import Refused

ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List,
    nodes.Tuple, nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Keyword, nodes.Test, nodes.If,
    nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat,
    nodes.For, nodes.Add, nodes.Sub,
)  # fmt: skip
NAMED: Mapping[type[nodes.Node], str] = {
    nodes.Call: "nothing can be called: name(…)",
    nodes.Include: "other files cannot be included",
    nodes.Import: "other files cannot be imported",
    nodes.FromImport: "other files cannot be imported",
    nodes.Extends: "other files cannot be extended",
    nodes.Assign: "nothing can be set",
    nodes.Pow: "there is no **",
    nodes.Mul: "there is no *",
    nodes.Mod: "there is no %",
    nodes.Slice: "there are no slices: [1:3]",
}
TESTS = ("defined", "undefined", "none", "string", "number", "odd", "even")
DEEPEST = 60
LOOPS = 4
DEFAULTS = ("default", "d")


def look_at(node: nodes.Node, depth: int, loops: int) -> None:
    """Refuse a node that the language leaves out."""
    if depth > DEEPEST or loops > LOOPS:
        raise Refused("template.refused", "This is nested too deeply.", "Make it simpler.")
    if type(node) not in ALLOWED:
        known = next((text for kind, text in NAMED.items() if isinstance(node, kind)), None)
        hint = "There are names, filters, if and for."
        message = f"In a template {known or 'this has no place'}."
        raise Refused("template.refused", message, hint)
    if isinstance(node, nodes.Filter):
        _known("filter", node, (*FILTERS, *DEFAULTS))
    if isinstance(node, nodes.Test):
        _known("test", node, TESTS)
    if isinstance(node, nodes.For) and node.recursive:
        raise Refused("template.refused", "A loop cannot be recursive.")
    if isinstance(node, nodes.Const) and isinstance(node.value, float) and isinf(node.value):
        raise Refused("template.refused", "A number is too large.", "Write a smaller one.")
    if isinstance(node, nodes.Name) and node.name in {"self", "super"}:
        raise Refused("template.refused", f"{node.name} has no place in a template.")


def _known(kind: str, node: nodes.Filter | nodes.Test, known: Sequence[str]) -> None:
    if node.name not in known:
        hint = did_you_mean(node.name, known) or f"There is {', '.join(known)}."
        raise Refused("template.unknown", f"There is no {kind} {node.name!r}.", hint)
    if node.dyn_args is not None or node.dyn_kwargs is not None or node.node is None:
        raise Refused("template.refused", f"The {kind} {node.name} cannot be used like this.")


def below(node: nodes.Node) -> Iterator[tuple[nodes.Node, int, int]]:
    """Yield a node and all below it, each with its depth and the number of loops around it."""
    waiting = [(node, 0, int(isinstance(node, nodes.For)))]
    while waiting:
        found, depth, loops = waiting.pop()
        yield found, depth, loops
        for child in found.iter_child_nodes():
            more = loops + isinstance(child, nodes.For)
            waiting.append((child, depth + 1, more))


class Charged(NodeTransformer):
    """Puts what has to be paid for behind filters that pay."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802 - Jinja2's own
        """Let ``a ~ b`` be a join."""
        self.generic_visit(node)
        parts = nodes.List(node.nodes, lineno=node.lineno)
        return _filtered(parts, "join")

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802 - Jinja2's own
        """Let what is compared be weighed."""
        self.generic_visit(node)
        node.expr = _filtered(node.expr, "weighed")
        for operand in node.ops:
            operand.expr = _filtered(operand.expr, "weighed")
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - Jinja2's own
        """Let a loop pay for all its rounds before the first."""
        size = len(list(below(node)))
        self.generic_visit(node)
        node.iter = _filtered(
            cast("nodes.Expr", node.iter), "rounds", nodes.Const(size, lineno=node.lineno)
        )
        return node


def _filtered(node: nodes.Expr, name: str, *values: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, name, list(values), [], None, None, lineno=node.lineno)
