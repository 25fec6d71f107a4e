"""Values as Hydra's grammar writes them, so that they are read as the values that they are."""

from __future__ import annotations

import json
import re
from typing import Any

_PLAIN = re.compile(r"[\w./-]+", re.ASCII)


def written(value: Any) -> str:
    """Plain data as the right side of an override: with quotes only where text needs them.

    >>> print(written(["nearest", {"kind": "transposed", "size": 2}, None, 0.5, "a, b", "10"]))
    [nearest,{kind:transposed,size:2},null,0.5,'a, b','10']
    """
    if isinstance(value, dict):
        return f"{{{','.join(f'{written(key)}:{written(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(written, value))}]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    from hydra.core.override_parser.types import Quote, QuotedString

    from unetgen.config.composing.overrides import read
    from unetgen.errors import Problem

    if _PLAIN.fullmatch(text):
        override = read(f"x={text}")
        if not isinstance(override, Problem) and override.value() == text:
            return text
    return str(QuotedString(text=text, quote=Quote.single).with_quotes())
