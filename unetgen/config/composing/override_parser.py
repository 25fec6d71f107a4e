"""Hydra's grammar of overrides, but strict as files are: a mapping has each key once.

Hydra's own parser lets the last of two equal keys win, in silence, and shuffles a list anew each time. Its
visitor of the syntax tree is public, and is told here to refuse both; everything else is Hydra's.
"""

from __future__ import annotations

from typing import Any

from antlr4 import CommonTokenStream, InputStream  # type: ignore[import-untyped]
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.overrides_visitor import HydraErrorListener, HydraOverrideVisitor
from hydra.core.override_parser.types import Sweep
from hydra.grammar.gen.OverrideLexer import OverrideLexer
from hydra.grammar.gen.OverrideParser import OverrideParser

from unetgen.errors import shown


class RefusedValueError(ValueError):
    """An override has a value that Hydra takes and that is refused here; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class StrictOverridesParser(OverridesParser):
    """Parses one override; raises `RefusedValueError`, and what Hydra's parser raises."""

    def parse_rule(self, s: str, rule_name: str) -> Any:
        """Hydra's override object of `s`; `rule_name` is ``override``, the only rule that is asked for."""
        listener = HydraErrorListener()
        lexer = OverrideLexer(InputStream(s))
        parser = OverrideParser(CommonTokenStream(lexer))
        for part in (lexer, parser):
            part.removeErrorListeners()
            part.addErrorListener(listener)
        parsed = _Strict(self.functions).visit(getattr(parser, rule_name)())
        parsed.input_line = s
        parsed.validate()
        return parsed


class _Strict(HydraOverrideVisitor):
    def visitDictContainer(self, ctx: Any) -> dict[str, Any]:  # noqa: N802  (Hydra's name)
        pairs = [self.visitDictKeyValuePair(ctx.getChild(i)) for i in range(1, ctx.getChildCount() - 1, 2)]
        keys = [str(getattr(key, "text", key)) for key, _ in pairs]
        if repeated := next((key for key in keys if keys.count(key) > 1), None):
            raise RefusedValueError(f"the key {shown(repeated)} is given twice", "give it once")
        return dict(pairs)

    def visitFunction(self, ctx: Any) -> Any:  # noqa: N802
        value = super().visitFunction(ctx)
        # A sweep may take its points in any order: none of them depends on it.
        if ctx.getChild(0).getText() == "shuffle" and not isinstance(value, Sweep):
            raise RefusedValueError("`shuffle` gives another value each time", "write the value itself")
        return value
