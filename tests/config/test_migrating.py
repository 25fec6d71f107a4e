"""A migrated file says the same in today's words, and everything else stands as it stood."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import unetgen
from unetgen.config.migrating import migrated
from unetgen.errors import ConfigError, UnetgenError

OLD = """\
# A network.

"input": {shape: [32, 32]}   # two axes
depth: 2
base_filters: 4
num_classes: 2
compile:
    # what trains it: name it here
    optimizer: {"name": sgd, learning_rate: {name: cosine_decay, initial_learning_rate: 0.1, decay_steps: 9}}
"""
NEW = (
    OLD.replace('"input"', 'schema_version: 1\n"input"')
    .replace('"name": sgd', '"kind": sgd')
    .replace("{name: cos", "{kind: cos")
)


def digest_of(text: str, file: Path) -> str:
    file.write_bytes(text.encode())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return unetgen.load(file).digest


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_words_are_exchanged_in_their_places_and_nothing_else(ending: str, tmp_path: Path) -> None:
    old, new = (text.replace("\n", ending) for text in (OLD, NEW))
    result = migrated(old, "a.yaml")
    assert result.text == new
    assert result.changes == (
        "a.yaml: says `schema_version: 1`",
        "a.yaml:9:17: compile.optimizer.name: now `kind`",
        "a.yaml:9:46: compile.optimizer.learning_rate.name: now `kind`",
    )
    assert digest_of(old, tmp_path / "a.yaml") == digest_of(new, tmp_path / "a.yaml")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unetgen.load(tmp_path / "a.yaml")
    again = migrated(new, "a.yaml")
    assert (again.text, again.changes) == (new, ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{depth: 2}\n", "{schema_version: 1, depth: 2}\n"),
        ("---\ndepth: 2\n", "---\nschema_version: 1\ndepth: 2\n"),
        ("compile: {optimizer: {'name': adam}}", "schema_version: 1\ncompile: {optimizer: {'kind': adam}}"),
        (
            "compile:\n  optimizer:\n    ? name\n    : adam\n",
            "schema_version: 1\ncompile:\n  optimizer:\n    ? kind\n    : adam\n",
        ),
        ("defaults: [_self_]\ndepth: 2\n", "schema_version: 1\ndefaults: [_self_]\ndepth: 2\n"),
        ("# @package compile.optimizer\nname: adam\n", "# @package compile.optimizer\nkind: adam\n"),
        ("# @package head\nname: adam\n", "# @package head\nname: adam\n"),
        (
            "model: {compile: {optimizer: {name: adam}}}\ndata: {images: name}\n",
            "model: {compile: {optimizer: {kind: adam}}}\ndata: {images: name}\n",
        ),
        ("model: unet3d_depth2\ndata: {images: images}\n", "model: unet3d_depth2\ndata: {images: images}\n"),
    ],
)
def test_every_way_of_writing_a_mapping_and_every_sort_of_file(old: str, new: str) -> None:
    assert migrated(old, "a.yaml").text == new


def test_an_optimizer_that_an_alias_repeats_is_exchanged_once() -> None:
    shared = "model: {compile: &c {optimizer: {name: adam}}}\ndata: {images: *c}\n"
    with pytest.raises(UnetgenError, match=r"cannot be rewritten in place; by hand: a\.yaml:1:34"):
        migrated(shared, "a.yaml")


def test_what_cannot_be_migrated_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"a\.yaml:1:1: schema_version: is newer than 1"):
        migrated("schema_version: 2\n", "a.yaml")
    both = "compile:\n  optimizer: {kind: adam, name: sgd}\n"
    with pytest.raises(
        ConfigError, match=r"a\.yaml:2:27: compile\.optimizer\.name: is the old name of `kind`"
    ):
        migrated(both, "a.yaml")
    with pytest.raises(ConfigError, match=r"a\.yaml:1:7"):
        migrated("seed: 010\n", "a.yaml")
