from __future__ import annotations

import pytest

from unetgen.emit.text.tables import bytes_text, in_ascii, short, table


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (1234, "1.23 k"),
        (12_345, "12.3 k"),
        (123_456, "123 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (999_999, "1.00 M"),
        (222_324_326_400, "222 G"),
        (10**21, "1000 E"),
    ],
)
def test_short(number: int, text: str) -> None:
    assert short(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (1023.6 * 2**20, "1.00 GiB"), (2**40, "1.00 TiB")],
)
def test_bytes(number: float, text: str) -> None:
    assert bytes_text(number) == text


def test_table_without_rule_and_without_rows() -> None:
    assert table(["a", "b"], [["ccc", "d"]], rule=False) == "a    b\nccc  d"
    assert table(["a", "bb"], []) == "a  bb\n─  ──"


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(["a"], [["b", "c"]])


def test_ascii_keeps_every_column() -> None:
    text = "a×b → c ─▶ ⇒ ⊕ ↓ ↑"
    assert in_ascii(text).isascii()
    assert len(in_ascii(text)) == len(text)
