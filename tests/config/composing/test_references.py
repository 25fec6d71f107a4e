# ruff: noqa: E501
from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from unetgen.config.composing.references import resolve
from unetgen.config.source import Source
from unetgen.config.yaml.tree import parse_yaml

DATA: dict[str, Any] = {
    "a": 1, "b": "x", "f": 1e-5, "t": True, "n": None, "w-x": 5,
    "m": {"k": 2, "r": "${.k}", "u": "${..a}", "deep": {"q": "${..k}"}},
    "l": [1, [2, 3], "${a}"], "whole": "${m}",
}  # fmt: skip


def outcome(text: str) -> Any:
    source = Source("a.yaml", {**copy.deepcopy(DATA), "it": text})
    resolve(source)
    return source.data["it"] if "it" in source.data else source.problems[0]


def omegaconf(text: str) -> Any:
    value = OmegaConf.create({**copy.deepcopy(DATA), "it": text})["it"]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


SAME = [
    "${a}", "${ a }", "${m}", "${l}", "p${b}q", "${a}${b}", "${f}!", "${t}!", "${n}", "${m.r}", "${m.u}", "${m.deep.q}",
    "${m[k]}", "${l[0]}", "${l.1.0}", "${l.2}", "${whole.k}", "${whole.deep.q}", "${w-x}", "${.a}", "$a", "$${a}", "}${a}{",
    r"\${a}", r"\\${a}", r"\\\${a}", r"x\\${a}", r"c:\d${a}", r"c:\d\${a}", r"\${a", r"a\b${b}\\c", r"\${oc.env:HOME}",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_references_mean_what_they_mean_to_omegaconf(text: str) -> None:
    assert outcome(text) == omegaconf(text)


@given(
    st.lists(st.sampled_from(["${a}", "${b}", "${m.k}", "\\", "$", "x", " ", "{", "}"]), max_size=6).map(
        "".join
    )
)
def test_any_mixture_of_text_and_references_does(text: str) -> None:
    try:
        expected = omegaconf(text)
    except Exception:
        return
    assert outcome(text) == expected


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("${oc.env:HOME}", "only references to other fields are resolved, nothing is run", "write the value itself, or ${field}"),
        ("x${now:%Y}", "only references to other fields are resolved, nothing is run", "write the value itself, or ${field}"),
        ("${zz}", "refers to `zz`, which is not there", "a field at its default has to be written out first"),
        ("${m.deeep}", "refers to `deeep`, which is not in m", "did you mean `deep`?"),
        ("${wx}", "refers to `wx`, which is not there", "did you mean `w-x`?"),
        ("${l.3}", "refers to `3`, which is not in l", "a field at its default has to be written out first"),
        ("${a.b}", "refers to `b`, which is not in a", "a field at its default has to be written out first"),
        ("${it}", "refers to itself", "write the value in one of the places"),
        ("${..a}", "refers to what is above the top of the config", None),
        ("${x.${b}}", "a reference that cannot be read", "write ${field} or ${section.field}"),
        ("${}", "a reference that cannot be read", "write ${field} or ${section.field}"),
        ("${a", "a reference that cannot be read", "write ${field} or ${section.field}"),
        ("x${m}", "a mapping or a list cannot stand within text", None),
    ],
)  # fmt: skip
def test_what_names_nothing_is_told(text: str, message: str, hint: str | None) -> None:
    problem = outcome(text)
    assert (problem.message, problem.hint, problem.got, problem.path) == (message, hint, text, ("it",))


def test_a_reference_that_fails_is_left_out_at_its_place() -> None:
    source = Source.of(
        parse_yaml("depth: ${dept}\nfilters:\n  - 8\n  - ${nope}\nseed: ${depth}\n", "a.yaml"), "a.yaml"
    )
    resolve(source)
    assert [str(problem).split(" (got")[0] for problem in source.problems] == [
        "a.yaml:1:8: depth: refers to `dept`, which is not there",
        "a.yaml:4:5: filters.1: refers to `nope`, which is not there",
        "a.yaml:5:7: seed: refers to `dept`, which is not there",
    ]
    assert source.data == {}
    assert source.dropped == {("depth",), ("filters",), ("seed",)}


def test_longer_circles_are_told() -> None:
    source = Source("a", {"a": "${b}", "b": "x${c}", "c": "${d}", "d": "${a}"})
    resolve(source)
    assert {problem.message for problem in source.problems} == {"refers to itself"}


def test_references_that_multiply_or_reach_far_are_stopped() -> None:
    letters = "abcdefghijklmnop"
    bomb = {a: [f"${{{b}}}"] * 4 for a, b in pairwise(letters)} | {"p": "x"}
    long = {a: f"${{{b}}}" * 9 for a, b in pairwise(letters)} | {"p": "x" * 1000}
    chain = {f"a{n}": f"${{a{n + 1}}}" for n in range(2000)} | {"a2000": 1}
    cases: list[tuple[dict[str, Any], str]] = [
        (bomb, "more than 10,000 values"),
        (long, "more than 10,000 values"),
        (chain, "more than 32"),
    ]
    for data, part in cases:
        source = Source("a", dict(data))
        resolve(source)
        assert part in source.problems[0].message


def test_what_is_copied_is_no_longer_shared() -> None:
    source = Source("a", {"m": {"k": [1]}, "c": "${m}"})
    resolve(source)
    assert source.data["c"] == source.data["m"]
    assert source.data["c"]["k"] is not source.data["m"]["k"]


def test_the_environment_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "told")
    assert "told" not in str(outcome("${oc.env:SECRET}"))
