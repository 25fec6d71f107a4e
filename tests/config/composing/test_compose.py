# ruff: noqa: E501  (in the tables an exact message stays on one line)
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.version import VersionBase
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from unetgen.config.bundled import config_dir
from unetgen.config.composing import overrides as overriding
from unetgen.config.composing.compose import compose
from unetgen.config.loader import load
from unetgen.errors import ConfigError

Files = dict[str, str]


def write(folder: Path, files: Files) -> Path:
    """Write `files`, and give back the one that composes."""
    for name, text in files.items():
        file = folder / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder / "main.yaml"


def ours(file: Path, overrides: tuple[str, ...] = ()) -> dict[str, Any]:
    source, values = compose(file, "main.yaml", overriding.parse(overrides))
    overriding.apply(source, values)
    assert source.problems == []
    return source.data


def hydras(file: Path, overrides: tuple[str, ...] = ()) -> Any:
    with initialize_config_dir(str(file.parent), version_base=None):
        config = hydra_compose(file.stem, [*overrides, f"hydra.searchpath=['file://{config_dir()}']"])
    return OmegaConf.to_container(config, resolve=False)


def said(file: Path, *overrides: str) -> str:
    with pytest.raises(ConfigError) as raised:
        compose(file, "main.yaml", overriding.parse(overrides))
    return str(raised.value)


# --- the same as Hydra ---

GROUPS = {
    "base": "x: 1\nm: {a: 1, b: [1, 2]}\n",
    "g/one": "a: 1\nl: [1, 2]\nm: {p: 1, q: 1}\n",
    "g/two": "a: 2\nm: {p: 2}\n",
    "g/here": "# @package here.there\na: 3\n",
    "g/top": "# @package _global_\ntopmost: 3\n",
    "g/deep": "defaults: [h: one, /g@other: two, _self_]\na: 4\n",
    "g/first": "defaults: [_self_, h: one]\nh: {a: over}\na: 5\n",
    "g/h/one": "a: 6\n",
    "g/h/two": "a: 7\n",
    "h/one": "a: 8\nb: ???\n",
    "h/two": "b: 9\n",
}
EQUAL = [
    ("[base, _self_]\nm: {a: 3}", ()),
    ("[_self_, base]\nm: {a: 3, c: 1}", ()),
    ("[base]\nx: 2", ()),
    ("[g: one, _self_]\ng: {l: [5]}", ()),
    ("[g: one, h: two]", ("g=two",)),
    ("[g: one]", ("g=two", "g.a=7")),
    ("[g: [one, two], _self_]", ()),
    ("[g: one]", ("g=[two,one]",)),
    ("[g@p.q: one, g: two]", ("g@p.q=two", "g=one")),
    ("[g@_global_: one]", ()),
    ("[/g: one]", ()),
    ("[g/h: one]", ("g/h=two",)),
    ("[g: here]", ()),
    ("[g: top]", ()),
    ("[g@gg: here]", ()),
    ("[g: deep]", ()),
    ("[g: deep]", ("g/h=two",)),
    ("[g: first]", ()),
    ("[g: deep, override g/h: two]", ()),
    ("[g: one, override g: two]", ()),
    ("[optional g: nope, optional nope: one, _self_]\nx: 1", ()),
    ("[g: one, h: one]", ("~h",)),
    ("[g: one, h: one]", ("~h=one",)),
    ("[base]", ("+g=one",)),
    ("[base]", ("+g@y.z=one",)),
    ("[base]", ("+g=[one,two]",)),
    ("[g: null, base]", ()),
    ("[g: '???', base]", ("g=one",)),
    ("[g: one, h: '${g}']", ()),
    ("[h: one, _self_]\nh: {b: 3}", ()),
    ("[_self_, h: one]\nh: {b: 3}", ()),
    ("[g: one, _self_]\ng: null", ()),
    ("[g: one, _self_]\ng: {m: 5}", ()),
    ("[g: one, _self_]\ng: {m: {}}", ()),
    ("[base, unet3d_depth2, _self_]\ndepth: 3", ("input.channels=3",)),
    ("[]\nx: 1", ()),
    ("[g/one, g/two@g, base.yaml]", ()),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")  # Hydra's own, of a list without _self_
@pytest.mark.parametrize(("text", "overrides"), EQUAL)
def test_composition_equals_hydras(tmp_path: Path, text: str, overrides: tuple[str, ...]) -> None:
    main = write(tmp_path, GROUPS | {"main": f"defaults: {text}\n"})
    assert ours(main, overrides) == hydras(main, overrides)


_keys = st.sampled_from(["p", "q", "r"])
_values = st.recursive(
    st.integers(0, 9) | st.none() | st.lists(st.integers(0, 9), max_size=2),
    lambda inner: st.dictionaries(_keys, inner, max_size=3),
    max_leaves=5,
)
_bodies = st.dictionaries(_keys | st.sampled_from(["g", "h"]), _values, max_size=3)
_packages = st.sampled_from(["", "@k", "@g", "@_global_", "@_here_", "@k.l", "@_global_.k"])
_keywords = st.sampled_from(["", "", "", "optional ", "override "])


def _entries(groups: list[str], options: list[str]) -> Any:
    entry = st.one_of(
        st.just("_self_"),
        st.builds(
            lambda keyword, group, package, option: {f"{keyword}{group}{package}": option},
            _keywords, st.sampled_from(groups), _packages, st.sampled_from(options),
        ),
        st.builds(lambda group, option, package: f"{group}/{option}{package}",
                  st.sampled_from(groups), st.sampled_from(options), _packages),
    )  # fmt: skip
    return st.lists(entry, max_size=4)


@st.composite
def _trees(draw: Any) -> Files:
    files = {}
    levels = [("main", ["g", "h"]), ("g/one", ["/h", "sub"]), ("g/two", ["/h"]), ("h/one", []), ("h/two", [])]
    for name, groups in [*levels, ("g/sub/one", []), ("g/sub/two", [])]:
        body = draw(_bodies)
        if groups and draw(st.booleans()):
            body = {"defaults": draw(_entries(groups, ["one", "two", "two", "nope"]))} | body
        header = draw(st.sampled_from(["", "", "", "# @package _global_\n", "# @package k\n"]))
        files[name] = (header if name != "main" else "") + yaml.safe_dump(body, sort_keys=False)
    return files


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=_trees())
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_random_compositions_equal_hydras(tmp_path_factory: pytest.TempPathFactory, files: Files) -> None:
    main = write(tmp_path_factory.mktemp("tree"), files)
    try:
        expected = hydras(main)
    except Exception:
        with pytest.raises(ConfigError):
            ours(main)
        return
    assert ours(main) == expected


# --- the rules of this language ---


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ("transposed", "{filters: keep}", {"kind": "transposed", "filters": "keep"}),
        ("{kind: transposed}", "{filters: keep}", {"kind": "transposed", "filters": "keep"}),
        ("{kind: nearest, conv: 3}", "{kind: transposed}", {"kind": "transposed"}),
        ("nearest", "{kind: transposed, filters: keep}", {"kind": "transposed", "filters": "keep"}),
        ("{kind: nearest, conv: 3}", "transposed", "transposed"),
        ("{kind: nearest, conv: 3}", "{conv: {norm: false}}", {"kind": "nearest", "conv": {"kernel": 3, "norm": False}}),
    ],
)  # fmt: skip
def test_files_meet_as_a_file_and_an_override_do(
    tmp_path: Path, first: str, second: str, merged: Any
) -> None:
    main = write(tmp_path, {"base": f"up: {first}\n", "main": f"defaults: [base, _self_]\nup: {second}\n"})
    assert ours(main)["up"] == merged
    from unetgen.config.source import Source

    source = Source("a", {"up": yaml.safe_load(first)})
    overriding.apply(source, overriding.parse([f"up={second}"]))
    assert source.data["up"] == merged


def test_every_value_has_the_place_where_it_was_written(tmp_path: Path) -> None:
    files = {
        "base": "input: {shape: [8, 8], channels: 1}\nup: transposed\nx: 1\n",
        "norm/mine": "kind: batch\nepsilon: 1.0\n",
        "main": "defaults:\n  - base\n  - norm@decoder.norm: mine\n  - _self_\nup:\n  filters: keep\ninput: {channels: 2}\n",
    }
    source, _ = compose(write(tmp_path, files), "sub/main.yaml", [])
    places = {
        ("input", "shape", 1): "sub/base.yaml:1:20",
        ("input", "channels"): "sub/main.yaml:7:19",
        ("up", "kind"): "sub/base.yaml:2:5",
        ("up", "filters"): "sub/main.yaml:6:12",
        ("decoder", "norm", "epsilon"): "sub/norm/mine.yaml:2:10",
        ("decoder", "norm"): "sub/norm/mine.yaml:1:1",
        ("nowhere",): "sub/main.yaml:1:1",
    }
    assert {path: source.where(path) for path in places} == places
    assert source.where(("x",), key=True) == "sub/base.yaml:3:1"


def test_refusals_of_all_files_are_reported_once_each(tmp_path: Path) -> None:
    files = {
        "norm/bad": "epsilon: 1e-5\nepsilon: 2\n",
        "main": "defaults: [norm: bad, norm@decoder.norm: bad, _self_]\ndepth: on\n",
    }
    source, _ = compose(write(tmp_path, files), "main.yaml", [])
    assert [str(problem).split(":")[:3] for problem in source.problems] == [
        ["norm/bad.yaml", "1", "10"],
        ["norm/bad.yaml", "2", "1"],
        ["main.yaml", "2", "8"],
    ]
    assert {("norm", "epsilon"), ("decoder", "norm", "epsilon"), ("depth",)} <= source.dropped


def test_a_value_given_later_makes_up_for_a_refused_one(tmp_path: Path) -> None:
    main = write(tmp_path, {"base": "depth: on\n", "main": "defaults: [base, _self_]\ndepth: 3\n"})
    source, _ = compose(main, "main.yaml", [])
    assert (source.data, source.dropped, len(source.problems)) == ({"depth": 3}, set(), 1)


@pytest.mark.parametrize("folder", ["a b", "it's", "a,b=[c]", "ä{x}", "$HOME", "a:b"])
def test_any_folder_name_works(tmp_path: Path, folder: str) -> None:
    main = write(tmp_path / folder, GROUPS | {"main": "defaults: [g: one, up: linear]\n"})
    assert ours(main, ("g=two",))["g"] == {"a": 2, "m": {"p": 2}}


def test_a_symlinked_or_relative_file_composes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, GROUPS | {"main": "defaults: [g: one]\n"})
    monkeypatch.chdir(tmp_path)
    assert ours(Path("main.yaml"))["g"]["a"] == 1


def test_own_files_come_before_bundled_ones(tmp_path: Path) -> None:
    files = {
        "up/transposed": "kind: transposed\nfilters: keep\n",
        "main": "defaults: [up: transposed, norm: batch]\n",
    }
    data = ours(write(tmp_path, files))
    assert data["up"] == {"kind": "transposed", "filters": "keep"}
    assert data["norm"]["momentum"] == 0.99


def test_overrides_that_choose_no_group_are_left_as_values(tmp_path: Path) -> None:
    main = write(tmp_path, {"main": "defaults: [unet3d_depth2, up: nearest, _self_]\n"})
    given = [
        "up=transposed",
        "skip=add",
        "up.filters=keep",
        "down={kind: max_pool}",
        "depth=3",
        "~seed",
        "++norm=batch",
    ]
    _, values = compose(main, "main.yaml", overriding.parse(given))
    assert [override.input_line for override in values] == [given[1], *given[2:]]


def test_a_group_file_swaps_the_whole_kind(tmp_path: Path) -> None:
    main = write(tmp_path, {"main": "defaults: [_self_, norm: none]\nnorm: {kind: batch, momentum: 0.5}\n"})
    assert ours(main)["norm"] == {"kind": "none"}


# --- errors ---

PRIMARY = "x: 1\n"
WRONG = [
    ("[up: transpsed]", "main.yaml:1:12: defaults.0: no such option of the group `up` (got 'transpsed'); did you mean `transposed`?"),
    ("[up: upward]", "main.yaml:1:12: defaults.0: no such option of the group `up` (got 'upward'); one of: bottleneck, linear, mednext, nearest, pixel_shuffle, transposed"),
    ("[bse]", "main.yaml:1:12: defaults.0: no such config (got 'bse'); did you mean `base`?"),
    ("[uup: linear]", "main.yaml:1:12: defaults.0: no such config group (got 'uup'); did you mean `up`?"),
    ("[g: deep, g/nope: one]", "main.yaml:1:21: defaults.1: no such config group (got 'g/nope')"),
    ("[base, override up: linear]", "main.yaml:1:18: defaults.1: overrides `up`, which no defaults list before it has; to add it, leave out `override`"),
    ("[up@a: linear, override up: linear]", "main.yaml:1:26: defaults.1: overrides `up`, which no defaults list before it has; did you mean `override up@a`?"),
    ("[override up: linear, base]", "main.yaml:1:33: defaults.1: stands after an override (got 'base'); put the overrides last"),
    ("[up: linear, up: nearest]", "main.yaml:1:24: defaults.1: chooses `up` twice; write `override up: OPTION` in the later one, or leave one out"),
    ("[up: '???']", "main.yaml:1:12: defaults.0: leaves the choice of `up` open; up=OPTION, one of: bottleneck, linear, mednext, nearest, pixel_shuffle, transposed"),
    ("[../base]", "main.yaml:1:12: defaults.0: leads outside of the config folder (got '../base'); name files of this config's own folder, or bundled ones"),
    ("[up: ../up/linear]", "main.yaml:1:12: defaults.0: leads outside of the config folder (got 'up/../up/linear'); name files of this config's own folder, or bundled ones"),
    ("[//etc/hosts]", "main.yaml:1:12: defaults.0: leads outside of the config folder (got '/etc/hosts'); name files of this config's own folder, or bundled ones"),
    (r"['C:\x']", "main.yaml:1:12: defaults.0: leads outside of the config folder (got 'C:\\\\x'); name files of this config's own folder, or bundled ones"),
    ("[base.yml]", "main.yaml:1:12: defaults.0: must not end in .yml (got 'base.yml'); name it without suffix; Hydra reads .yaml files only"),
    ("[override hydra/launcher: x]", "main.yaml:1:12: defaults.0: `hydra` settings are refused here (got 'hydra/launcher'); give them to `unetgen sweep` on its command line"),
    ("[/hydra/launcher/x]", "main.yaml:1:12: defaults.0: `hydra` settings are refused here (got '/hydra/launcher/x'); give them to `unetgen sweep` on its command line"),
    ("[up@hydra.run: linear]", "up/linear.yaml:2:1: hydra: `hydra` settings are refused here; give them to `unetgen sweep` on its command line"),
    ("[up: '${oc.env:HOME}']", "main.yaml:1:12: defaults.0: only references to other groups are resolved, nothing is run (got '${oc.env:HOME}')"),
    ("[up: '${nope}']", "main.yaml:1:12: defaults.0: refers to a group that no defaults list chooses"),
    ("[up: '${norm}', norm: none]", "main.yaml:1:12: defaults.0: no such option of the group `up` (got 'none'); one of: bottleneck, linear, mednext, nearest, pixel_shuffle, transposed"),
    ("[base, main]", "main.yaml:1:18: defaults.1: the defaults lists run in a circle: main -> main; leave one of them out"),
    ("[circle/one]", "circle/one.yaml:1:12: defaults.0: the defaults lists run in a circle: circle/one -> circle/two -> circle/one; leave one of them out"),
    ("[bomb/a]", "main.yaml:1:11: defaults: the defaults lists name more than 200 files; is there a circle?"),
    ("[_self_, _self_]", "main.yaml:1:20: defaults.1: stands twice (got '_self_')"),
    ("['_self_@a']", "main.yaml:1:12: defaults.0: must stand alone (got '_self_@a'); write `_self_`"),
    ("[up: _self_]", "main.yaml:1:12: defaults.0: must stand alone (got {'up': '_self_'}); write `_self_`"),
    ("[up: linear, 3]", "main.yaml:1:24: defaults.1: must be a name, or `group: option` (got 3)"),
    ("[{up: linear, norm: none}]", "main.yaml:1:12: defaults.0: must have one group (got {'up': 'linear', 'norm': 'none'}); write a file's name, or `group: option`"),
    ("[up: 3]", "main.yaml:1:12: defaults.0.up: must name an option, a list of them, or null (got 3)"),
    ("[maybe up: linear]", "main.yaml:1:12: defaults.0: unknown keyword (got 'maybe'); one of: optional, override"),
    ("['@a': linear]", "main.yaml:1:12: defaults.0: has no group (got {'@a': 'linear'}); write a file's name, or `group: option`"),
    ("{up: linear}", "main.yaml:1:11: defaults: must be a list (got {'up': 'linear'}); write it as `defaults: [name, group: option, _self_]`"),
    ("null", "main.yaml:1:11: defaults: must be a list (got null); write it as `defaults: [name, group: option, _self_]`"),
    ("[old]", "main.yaml:1:12: defaults.0: must end in .yaml (got 'old.yml'); rename it"),
    ("[header]", "header.yaml:1:1: a header that cannot be read: Too many components in '@package a b'"),
    ("[hydra_inside]", "hydra_inside.yaml:1:1: hydra: `hydra` settings are refused here; give them to `unetgen sweep` on its command line"),
    ("[broken]", "broken.yaml:1:5: not valid YAML: a second `: ` where only a value can stand; check the indentation, and quote text that contains `: `"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    bomb = {
        f"bomb/{a}": f"defaults: [/bomb/{b}, /bomb/{b}@x]\n"
        for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    }
    more = {
        "circle/one": "defaults: [two]\n",
        "circle/two": "defaults: [/circle/one]\n",
        "bomb/j": "x: 1\n",
        "header": "# @package a b\nx: 1\n",
        "hydra_inside": "hydra: {run: {dir: x}}\n",
        "broken": "a: b: c\n",
    }
    write(tmp_path, GROUPS | more | bomb)
    (tmp_path / "old.yml").write_text("x: 1\n")
    return tmp_path


@pytest.mark.parametrize(("defaults", "message"), WRONG)
def test_a_wrong_defaults_list_is_told_at_its_entry(folder: Path, defaults: str, message: str) -> None:
    main = write(folder, {"main": f"defaults: {defaults}\n"})
    assert said(main).startswith(message)
    assert "\n" not in said(main)


@pytest.mark.parametrize(
    ("defaults", "override", "message"),
    [
        ("[up: linear]", "up=nearst", "override 'up=nearst': up: no such option of the group `up` (got 'nearst'); did you mean `nearest`?"),
        ("[up: linear]", "up=../x", "override 'up=../x': up: no such option of the group `up` (got 'x'); one of: bottleneck, linear, mednext, nearest, pixel_shuffle, transposed"),
        ("[up: linear]", "+up=nearest", "main.yaml:1:12: defaults.0: chooses `up` twice; write `override up: OPTION` in the later one, or leave one out"),
        ("[norm@decoder.norm: batch]", "norm@decoder.norm=bach", "override 'norm@decoder.norm=bach': norm: no such option of the group `norm` (got 'bach'); did you mean `batch`?"),
    ],
)  # fmt: skip
def test_a_wrong_choice_names_its_override(folder: Path, defaults: str, override: str, message: str) -> None:
    assert said(write(folder, {"main": f"defaults: {defaults}\n"}), override) == message


def test_a_choice_that_the_files_overwrite_is_an_error(tmp_path: Path) -> None:
    main = write(tmp_path, {"main": "defaults: [unet3d_depth2, up: linear, _self_]\nup: nearest\n"})
    with pytest.raises(ConfigError) as raised:
        load(main, ["up=transposed"])
    assert str(raised.value) == (
        "override 'up=transposed': up: has no effect: what is merged after the group sets the kind 'nearest' at "
        f"{main}:2:5; put `_self_` before the group in the defaults list, or override `up.kind`"
    )


# --- Hydra's global state ---


def test_hydras_global_state_stays_as_it_was(folder: Path) -> None:
    good = write(folder, {"main": "defaults: [g: one]\n"})
    bad = write(folder / "bad", {"main": "defaults: [nope]\n"})
    base = VersionBase.instance().version_base
    assert not GlobalHydra.instance().is_initialized()
    with initialize_config_dir(str(folder), version_base="1.2"):
        outer, inner_base = GlobalHydra.instance().hydra, VersionBase.instance().version_base
        ours(good)
        said(bad)
        assert GlobalHydra.instance().hydra is outer
        assert VersionBase.instance().version_base is inner_base
        assert hydra_compose("main")["g"]["a"] == 1
    VersionBase.instance().version_base = base
    ours(good)
    said(bad)
    assert not GlobalHydra.instance().is_initialized()
    assert VersionBase.instance().version_base is base


def test_nothing_is_instantiated_or_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "told")
    files = {"base": "a: ${oc.env:SECRET}\nb: {_target_: os.getcwd}\n", "main": "defaults: [base]\n"}
    assert ours(write(tmp_path, files)) == {"a": "${oc.env:SECRET}", "b": {"_target_": "os.getcwd"}}
