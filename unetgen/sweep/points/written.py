"""Values as Hydra's grammar writes them, so that they are read as the values that they are."""

from __future__ import annotations

import json
import math
import re

_PLAIN = re.compile(r"[\w./-]+", re.ASCII)


def written(value: object) -> str:
    """Plain data as the right side of an override: with quotes only where text needs them.

    >>> print(written(["nearest", {"kind": "transposed", "size": 2}, None, 0.5, "a, b", "10"]))
    [nearest,{kind:transposed,size:2},null,0.5,'a, b','10']
    """
    if isinstance(value, dict):
        return f"{{{','.join(f'{_key(key)}:{written(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(written, value))}]"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _key(key: str) -> str:
    """`key` as it stands, wherever it is read so; the grammar has no quotes for others, and refuses them."""
    from unetgen.config.composing.overrides import read
    from unetgen.errors import Problem

    override = read(f"x={{{key}:0}}")
    is_read = not isinstance(override, Problem) and [*map(str, override.value())] == [key]
    return key if is_read else _text(key)


def _text(text: str) -> str:
    from hydra.core.override_parser.types import Quote, QuotedString

    from unetgen.config.composing.overrides import read
    from unetgen.errors import Problem

    if _PLAIN.fullmatch(text):
        override = read(f"x={text}")
        if not isinstance(override, Problem) and override.value() == text:
            return text
    return str(QuotedString(text=text, quote=Quote.single).with_quotes())
