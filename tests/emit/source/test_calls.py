"""Every call that a printed source makes of its own functions and classes fits what they take."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.emit.source.sources import PRINTERS
from tests.tiers import sampled
from unetgen.config.bundled import bundled_configs
from unetgen.config.loader import load_design


def signatures(tree: ast.Module) -> Iterator[tuple[str, ast.arguments]]:
    """What each function takes, and each class but for `self`."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.args
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
                    inner.args.args = inner.args.args[1:]
                    yield node.name, inner.args


def misfits(text: str) -> list[str]:
    """The calls that Python would refuse."""
    tree = ast.parse(text)
    takes = dict(signatures(tree))
    wrong = []
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in takes:
            taken = takes[call.func.id]
            names = [each.arg for each in taken.args]
            given = [*names[: len(call.args)], *(str(each.arg) for each in call.keywords)]
            needed = names[: len(names) - len(taken.defaults)]
            known = {*names, *(each.arg for each in taken.kwonlyargs)}
            fits = (
                len(call.args) <= len(names) and len(set(given)) == len(given) and set(needed) <= set(given)
            )
            if not fits or not (set(given) <= known or taken.kwarg):
                wrong.append(ast.unparse(call))
    return wrong


def test_calls_that_do_not_fit_are_seen() -> None:
    text = "def f(a, b, c=1): ...\nf(1)\nf(1, 2, b=3)\nf(1, 2, d=3)\nf(1, 2, 3, 4)\nf(1, b=2)\nf(1, 2, 3)"
    assert misfits(text) == ["f(1)", "f(1, 2, b=3)", "f(1, 2, d=3)", "f(1, 2, 3, 4)"]


FIRST = {"smp_unet_mobilenet_v2", "unet3d_depth2"}


@pytest.mark.parametrize("printer", PRINTERS)
@pytest.mark.parametrize("name", sampled(bundled_configs(), FIRST))
def test_calls_fit(name: str, printer: str) -> None:
    assert misfits(PRINTERS[printer](load_design(name))) == []
