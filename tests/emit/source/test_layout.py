"""The layout is that of `ruff format`: compared on lines of every length."""

from __future__ import annotations

from pathlib import Path

from tests.emit.source.sources import reformatted
from unetgen.emit.source.layout import Code, Sum, called, listed, one_line, statement
from unetgen.emit.source.literals import literal


def test_lines_of_every_length_are_as_ruff_has_them(tmp_path: Path) -> None:
    lines = ["def f(x, y, z):"]
    for length in range(20, 110):
        name = "n" * length
        first, rest = name[:60], name[60:] or "z"
        layer = called("layers.Conv", "x", 'padding="same"', f"name={first}", f"last={rest}")
        codes: list[Code] = [
            called(layer, "x"),
            called(called("layers.Conv", "x"), first, rest),
            called(layer, listed(["x", "y", name[:80]])),
            Sum((called("f", first), rest, "z")),
            called("f", called("g", called("h", name[:80], "x")), "0.01"),
        ]
        lines += [line for code in codes for line in statement(1, "y = ", code, "(64, 160, 160)")]
    assert reformatted(tmp_path, {"lines": "\n".join(lines) + "\n"}) == ""


def test_a_comment_never_makes_a_line_break() -> None:
    code = called("f", "x" * 80)
    assert statement(1, "y = ", code, "a comment that does not fit")[0] == f"    y = f({'x' * 80})"
    assert statement(1, "y = ", called("f", "x"), "fits") == ["    y = f(x)  # fits"]


def test_what_a_layer_takes_is_not_put_on_a_line_of_its_own() -> None:
    code = called(called("layers.Conv", "f" * 40, "g" * 40), "x" * 8)
    text = statement(0, "y = ", code)
    assert text == ["y = layers.Conv(", f"    {'f' * 40},", f"    {'g' * 40},", ")(xxxxxxxx)"]
    assert one_line(code) == f"layers.Conv({'f' * 40}, {'g' * 40})(xxxxxxxx)"


def test_literals_read_back() -> None:
    values = ["it's", 'say "a"', "both ' and \"", "\\", (1,), (1, (2.5, None)), 1e-5, 1e-20, True, [1, "a"]]
    assert [eval(literal(value)) for value in values] == values
    assert all(not literal(value).startswith("'") for value in values if isinstance(value, str))
