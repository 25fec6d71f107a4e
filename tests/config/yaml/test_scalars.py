"""Our readers against PyYAML, OmegaConf and the regular expressions of the YAML 1.2 specification."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from unetgen.config.yaml.scalars import (
    MAX_NUMBER_CHARACTERS,
    Ambiguity,
    described,
    read_scalar,
    read_yaml11,
    read_yaml12,
)

AGREED = {
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
    "0": 0,
    "-0": 0,
    "+1": 1,
    "-3": -3,
    "007": 7,
    "0x1F": 31,
    "0.0": 0.0,
    ".5": 0.5,
    "1.": 1.0,
    "-1.5": -1.5,
    "01.5": 1.5,
    "1.0e-5": 1e-5,
    "1.0E+3": 1000.0,
    ".inf": float("inf"),
    "-.Inf": float("-inf"),
    "+.INF": float("inf"),
    "relu": "relu",
    "None": "None",
    "nan": "nan",
    "inf": "inf",
    "oN": "oN",
    "tRUE": "tRUE",
    "1.2.3": "1.2.3",
    "3x3": "3x3",
    "-": "-",
    "+": "+",
    ".": ".",
    "1e": "1e",
    "0x": "0x",
    "0xg": "0xg",
    "1 2": "1 2",
    "12:": "12:",
    "12:99": "12:99",
    "<<<": "<<<",
    "==": "==",
    "${depth}": "${depth}",
    "???": "???",
    "２": "２",
}

REFUSED = [
    ("1e-5", "YAML 1.1 reads this as a string, YAML 1.2 as the number 1e-05", "1.0e-5"),
    ("1e5", "YAML 1.1 reads this as a string, YAML 1.2 as the number 100000.0", "1.0e+5"),
    ("1.5e3", "YAML 1.1 reads this as a string, YAML 1.2 as the number 1500.0", "1.5e+3"),
    ("-1.E3", "YAML 1.1 reads this as a string, YAML 1.2 as the number -1000.0", "-1.0e+3"),
    ("-.5", "YAML 1.1 reads this as a string, YAML 1.2 as the number -0.5", "-0.5"),
    ("on", "YAML 1.1 reads this as the boolean true, YAML 1.2 as a string", "true"),
    ("NO", "YAML 1.1 reads this as the boolean false, YAML 1.2 as a string", "false"),
    ("y", "the YAML 1.1 specification reads this as the boolean true, YAML 1.2 as a string", "true"),
    ("N", "the YAML 1.1 specification reads this as the boolean false, YAML 1.2 as a string", "false"),
    ("010", "YAML 1.1 reads this as the integer 8, YAML 1.2 as the integer 10", "8 or 10"),
    ("-010", "YAML 1.1 reads this as the integer -8, YAML 1.2 as the integer -10", "-8 or -10"),
    ("08", "YAML 1.1 reads this as a string, YAML 1.2 as the integer 8", "8"),
    ("0o10", "YAML 1.1 reads this as a string, YAML 1.2 as the integer 8", "8"),
    ("0b101", "YAML 1.1 reads this as the integer 5, YAML 1.2 as a string", "5"),
    ("-0x1F", "YAML 1.1 reads this as the integer -31, YAML 1.2 as a string", "-31"),
    ("1_000", "YAML 1.1 reads this as the integer 1000, YAML 1.2 as a string", "1000"),
    ("1_0.5", "YAML 1.1 reads this as the number 10.5, YAML 1.2 as a string", "10.5"),
    ("1:30", "YAML 1.1 reads this as the integer 90, YAML 1.2 as a string", "90"),
    ("-1:30.5", "YAML 1.1 reads this as the number -90.5, YAML 1.2 as a string", "-90.5"),
    ("1_0e5", "Hydra reads this as the number 1000000.0, YAML 1.2 as a string", "1000000.0"),
    ("2026-11-05", "YAML 1.1 reads this as a date, YAML 1.2 as a string", None),
    ("2026-99-99", "YAML 1.1 reads this as a date, YAML 1.2 as a string", None),
    ("2026-1-5 1:00:00.5 +01:00", "YAML 1.1 reads this as a date, YAML 1.2 as a string", None),
    ("=", "YAML 1.1 reads this as the default-value key `=`, YAML 1.2 as a string", None),
    ("<<", "YAML 1.1 reads this as the merge key `<<`, YAML 1.2 as a string", None),
    ("0b_", "YAML 1.1 reads this as a malformed number, YAML 1.2 as a string", None),
    ("1.0e+999", "YAML reads this as a number too large to hold", None),
    ("9" * (MAX_NUMBER_CHARACTERS + 1), "YAML reads this as a number too large to hold", None),
]
WORDS = [
    case
    for word in ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
    for case in (word, word.capitalize(), word.upper(), word.swapcase(), word[0] + word[1:].upper())
]

numberish = st.text("0123456789_+-.:eExobXinfINFaAT Z", max_size=12).map(str.strip)
plain = numberish | st.sampled_from(WORDS) | st.from_regex(r"[A-Za-z0-9_./=<~-]{0,8}", fullmatch=True)


@pytest.mark.parametrize(("text", "value"), AGREED.items())
def test_what_all_agree_on_passes(text: str, value: object) -> None:
    read = read_scalar(text)
    assert (type(read), read) == (type(value), value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_nan_passes(text: str) -> None:
    assert repr(read_scalar(text)) == "nan"


@pytest.mark.parametrize(("text", "message", "advice"), REFUSED)
def test_what_is_read_differently_is_refused_with_each_reading(
    text: str, message: str, advice: str | None
) -> None:
    refused = read_scalar(text)
    assert isinstance(refused, Ambiguity)
    assert refused.message == message
    write = f"write {advice} (or quote it to mean a string)" if advice else "quote it to mean a string"
    assert refused.hint == write


@pytest.mark.parametrize(
    "text", ["y", "Y", "n", "N", *(word for word in WORDS if word.lower() in "yes no on off")]
)
def test_every_spelling_of_the_old_booleans_is_refused_or_a_string_to_all(text: str) -> None:
    refused = isinstance(read_scalar(text), Ambiguity)
    assert refused == (text in (text.lower(), text.capitalize(), text.upper()))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (8, "the integer 8"),
        (True, "the boolean true"),
        (None, "null"),
        ("x", "a string"),
        (0.5, "the number 0.5"),
    ],
)
def test_described(value: object, words: str) -> None:
    assert described(value) == words  # type: ignore[arg-type]


# --- the 1.1 reading is PyYAML's ---


def pyyaml(text: str) -> object:
    """What safe_load makes of a plain scalar; the kind alone where there is no value."""
    loader: Any = yaml.SafeLoader("")
    tag = loader.resolve(yaml.ScalarNode, text, (True, False)).removeprefix("tag:yaml.org,2002:")
    if tag in ("timestamp", "merge", "value"):
        return {"timestamp": "date", "merge": "merge key", "value": "value key"}[tag]
    try:
        return loader.construct_object(yaml.ScalarNode(f"tag:yaml.org,2002:{tag}", text))
    except ValueError:
        return "malformed"


@given(plain)
@example("1_:30")
@example("190:20:30.15")
@example("0_")
@example("-0b1_1")
@example(".5_")
@example("1__.e+1")
def test_yaml11_reading_is_pyyamls(text: str) -> None:
    reading = read_yaml11(text)
    if reading.kind == "too large":
        return
    ours = reading.value if reading.value is not None or reading.kind == "null" else reading.kind
    assert repr(ours) == repr(pyyaml(text))


@pytest.mark.parametrize(
    "text", [*sorted(AGREED.keys() - {"-", "12:"}), *(text for text, _, advice in REFUSED if advice)]
)
def test_yaml11_reading_is_what_safe_load_gives(text: str) -> None:
    assert repr(read_yaml11(text).value) == repr(yaml.safe_load(f"a: {text}")["a"])


def test_a_date_is_what_safe_load_gives() -> None:
    assert isinstance(yaml.safe_load("2026-11-05"), datetime.date)
    assert read_yaml11("2026-11-05").kind == "date"


# --- the 1.2 reading is the core schema's, whose table (section 10.3.2) is copied here ---

CORE_SCHEMA = [
    (r"null | Null | NULL | ~", "null"),
    (r"", "null"),
    (r"true | True | TRUE | false | False | FALSE", "boolean"),
    (r"[-+]? [0-9]+", "integer"),
    (r"0o [0-7]+", "integer"),
    (r"0x [0-9a-fA-F]+", "integer"),
    (r"[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?", "number"),
    (r"[-+]? ( \.inf | \.Inf | \.INF )", "number"),
    (r"\.nan | \.NaN | \.NAN", "number"),
    (r"(.|\n)*", "string"),
]


def core_kind(text: str) -> str:
    return next(kind for pattern, kind in CORE_SCHEMA if re.fullmatch(pattern, text, re.VERBOSE))


@given(plain)
@example("0o17")
@example("+.inf")
def test_yaml12_reading_is_the_core_schemas(text: str) -> None:
    reading = read_yaml12(text)
    assert reading.kind == "too large" or reading.kind == core_kind(text)


@pytest.mark.parametrize(
    ("text", "value"), [("0o17", 15), ("0x1f", 31), ("-08", -8), ("1e3", 1000.0), ("+.inf", float("inf"))]
)
def test_yaml12_values(text: str, value: object) -> None:
    assert read_yaml12(text).value == value


# --- agreement ---


@given(plain)
@example("1_0e5")
@example("+.5")
def test_a_scalar_passes_exactly_if_both_versions_and_hydra_agree(text: str) -> None:
    omegaconf = pytest.importorskip("omegaconf._utils").get_yaml_loader()("")
    tag = omegaconf.resolve(yaml.ScalarNode, text, (True, False)).removeprefix("tag:yaml.org,2002:")
    names = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "null": "null"}
    one_one, one_two, hydra = read_yaml11(text), read_yaml12(text), names.get(tag, tag)
    if hydra == "string" and one_one.kind == "date":
        hydra = (
            "date"  # OmegaConf reads no dates; a scalar that YAML 1.1 takes for one is refused all the same
        )
    same = one_one.kind == core_kind(text) == hydra and repr(one_one.value) == repr(one_two.value)
    passes = same and text not in ("y", "Y", "n", "N")
    assert isinstance(read_scalar(text), Ambiguity) != passes or one_one.kind == "too large"


@given(plain)
@example("1:30.5e")
def test_following_the_advice_gives_one_of_the_readings(text: str) -> None:
    refused = read_scalar(text)
    if not isinstance(refused, Ambiguity) or not refused.hint.startswith("write "):
        return
    values = [reading.value for _, reading in refused.readings]
    for spelling in refused.hint.removeprefix("write ").split(" (")[0].split(" or "):
        assert repr(yaml.safe_load(spelling)) in [repr(value) for value in values]
        assert not isinstance(read_scalar(spelling), Ambiguity)
