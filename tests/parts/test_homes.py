"""Homes: the same classes as the union that type checkers see, and one file imported for one kind."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from unetgen.parts.blocks import BLOCKS
from unetgen.parts.encoders import ENCODERS
from unetgen.parts.homes import ByKind, Homes
from unetgen.parts.part import Part, kind_of, kinds_of

MODULES = {
    **{f"unetgen.parts.{name}": (f"Any{name[:-1].capitalize()}", name.upper()) for name in (
        "blocks", "bottlenecks", "downs", "encoders", "norms", "skips", "ups")},
    "unetgen.parts.topologies": ("AnyTopology", "TOPOLOGIES"),
    "unetgen.parts.training.losses": ("LossKind", "_HOMES"),
    "unetgen.parts.training.metrics": ("MetricKind", "_HOMES"),
}  # fmt: skip
"""A module, its union, and the homes of the union's classes."""


def homes_of(module: str) -> Homes[Part]:
    homes = getattr(import_module(module), MODULES[module][1])
    assert isinstance(homes, Homes)
    return homes


@pytest.mark.parametrize("module", MODULES)
def test_homes_and_the_typed_union_have_the_same_classes_in_one_order(module: str) -> None:
    """The union is for type checkers alone, so that its source is read."""
    tree = ast.parse(Path(str(import_module(module).__file__)).read_text(encoding="utf-8"))
    for_checkers = next(node for node in tree.body if isinstance(node, ast.If)).body
    imported = {
        alias.name: node.module
        for node in for_checkers
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    (union,) = (
        node.value
        for node in for_checkers
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == MODULES[module][0] and node.value
    )
    named = [node.id for node in ast.walk(union) if isinstance(node, ast.Name)]
    homes = homes_of(module)
    written = {
        of: f"{homes.package}.{file}" for file, of in (each.split(".") for each in homes.homes.values())
    }
    assert sorted(named) == sorted(written) == sorted(imported.keys() & set(named))
    assert all(imported[name] == file for name, file in written.items())
    order = [part.strip("() ") for part in ast.unparse(union).split("|")]
    assert order == list(written)


@pytest.mark.parametrize("module", MODULES)
def test_a_kind_stands_under_its_name_and_a_family_under_how_most_of_its_names_begin(module: str) -> None:
    homes = homes_of(module)
    for name, model in zip(homes.homes, homes, strict=True):
        kinds = kinds_of(model)
        assert kinds == (name,) or (model.variants and kind_of(model).startswith(name))
        assert all(homes.named(kind) is model for kind in kinds)


def test_by_kind_is_a_mapping_of_every_name() -> None:
    by_kind = ByKind(ENCODERS)
    assert list(by_kind) == [kind for family in ENCODERS for kind in kinds_of(family)]
    assert len(by_kind) == len(list(by_kind)) and by_kind["resnet34"] is ENCODERS[0]
    assert "resnet35" not in by_kind and by_kind.get("plain") is None
    assert [kind_of(model) for model in BLOCKS[:2]] == ["plain", "residual"]


@pytest.mark.parametrize(
    ("overrides", "files"),
    [
        ([], {"blocks.plain", "skips.concat", "topologies.unet", "ups.nearest", "downs.max_pool"}),
        (["skip=attention", "up=transposed"], {"skips.attention", "ups.transposed"}),
        (
            [
                "encoder=efficientnet_b0",
                "depth=6",
                "base_filters=null",
                "decoder.filters=[8,8,8,8,8]",
                "up=nearest",
            ],
            {"encoders.efficientnet"},
        ),
        (["compile={loss: dice}"], {"training.overlap"}),
    ],
)
def test_a_config_imports_the_files_of_its_kinds_and_of_the_defaults_alone(
    overrides: list[str], files: set[str]
) -> None:
    code = (
        "import sys, unetgen; unetgen.load('quickstart2d', sys.argv[1:]);"
        "print(*(name for name in sys.modules if name.startswith('unetgen.parts.')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *overrides], capture_output=True, text=True, check=True
    )
    imported = {name.removeprefix("unetgen.parts.") for name in done.stdout.split()}
    kinds = {
        f"{homes_of(module).package}.{home}".removeprefix("unetgen.parts.").rpartition(".")[0]
        for module in MODULES
        for home in homes_of(module).homes.values()
    }
    assert files <= imported & kinds
    # Beside those of the config: the defaults of the language, and what the named ones are made of.
    assert len(imported & kinds) <= 15, sorted(imported & kinds)
