"""Values as Python writes them."""

from __future__ import annotations

from unetgen.emit.source.step import Value


def literal(value: object) -> str:
    """`value` as a literal in double quotes, as `ruff format` has them.

    >>> literal((1, 2.0, "a")), literal(1e-05), literal(("a",))
    ('(1, 2.0, "a")', '1e-5', '("a",)')
    """
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, tuple):
        inside = ", ".join(map(literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def _float(value: float) -> str:
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def quoted(text: str) -> str:
    """`text` in double quotes."""
    body = repr(text)[1:-1]
    if repr(text).startswith("'"):
        body = body.replace("\\'", "'").replace('"', '\\"')
    return f'"{body}"'


def annotation(values: list[Value]) -> str:
    """The type of a parameter that takes these values.

    >>> annotation([1, (1, 2, 3)]), annotation([0.5])
    ('int | tuple[int, int, int]', 'float')
    """
    return " | ".join(dict.fromkeys(map(_type, sorted(values, key=lambda value: isinstance(value, tuple)))))


def _type(value: Value) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_type, value))}]"
    return type(value).__name__
