"""The plugin: every Hydra application finds the configs, and those that do not ask for them pay nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from zipfile import ZipFile

import pytest
from hydra.core.object_type import ObjectType
from hydra.errors import ConfigCompositionException, MissingConfigException
from hydra.plugins.config_source import ConfigLoadError, ConfigSource
from omegaconf import OmegaConf

import unetgen
from hydra_plugins.unetgen.source import UnetgenConfigs
from tests.hydra_apps import ONE_MODEL, composed, write
from unetgen.config.bundled import VARIABLE, bundled_configs

ROOT = Path(__file__).parents[1]
REQUIRED = "input: {shape: [8, 8]}\ndepth: 2\nbase_filters: 4\nnum_classes: 2\n"
APP = """
import sys
import hydra
@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    print(*sorted({name.split(".")[0] for name in sys.modules}))
main()
"""


def source() -> ConfigSource:
    return UnetgenConfigs("unetgen", "unetgen://")


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """An application that prints the modules it has imported."""
    (folder / "app.py").write_text(APP, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


# --- what an application sees ---


def test_a_model_is_composed_as_plain_data_with_its_name(tmp_path: Path) -> None:
    cfg = composed(write(tmp_path, {"config": ONE_MODEL.format("unet3d_depth2")}))
    model = OmegaConf.to_container(cfg.unetgen.model)
    assert isinstance(model, dict)
    assert model["name"] == "unet3d_depth2"
    assert model["seed"] == 0
    assert "defaults" not in model
    assert list(cfg.unetgen) == ["model"]


@pytest.mark.parametrize("override", ["unetgen.model.seed=1", "unetgen.model.norm.epsilon=0.5"])
def test_a_field_at_its_default_needs_no_plus(tmp_path: Path, override: str) -> None:
    cfg = composed(write(tmp_path, {"config": ONE_MODEL.format("quickstart2d")}), override)
    key, _, value = override.partition("=")
    assert OmegaConf.select(cfg, key) == float(value)


def test_the_rest_of_the_application_s_config_stays_closed(tmp_path: Path) -> None:
    folder = write(tmp_path, {"config": ONE_MODEL.format("quickstart2d") + "lr: 0.1\n"})
    for override in ("lrr=0.2", "unetgen.modle.depth=2"):
        with pytest.raises(ConfigCompositionException, match=r"Could not override"):
            composed(folder, override)


def test_an_option_that_is_not_there_is_refused_by_hydra_with_the_options(tmp_path: Path) -> None:
    folder = write(tmp_path, {"config": ONE_MODEL.format("quickstart2d")})
    with pytest.raises(MissingConfigException, match=r"'unetgen/model/nope'(.|\n)*unet3d_depth2"):
        composed(folder, "unetgen/model=nope")
    with pytest.raises(MissingConfigException, match=r"'unetgen/up/nope'(.|\n)*transposed"):
        composed(folder, "unetgen/up@unetgen.model.up=nope")


def test_the_application_s_own_file_comes_first(tmp_path: Path) -> None:
    files = {"config": ONE_MODEL.format("quickstart2d"), "unetgen/model/quickstart2d": "depth: 9\n"}
    assert composed(write(tmp_path, files)).unetgen.model == {"depth": 9}


def test_published_networks_are_options_by_their_own_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = {"zoo/net": REQUIRED, "up/linear": "kind: linear\n"}
    monkeypatch.setenv(VARIABLE, str(write(tmp_path / "bundled", bundled)))
    folder = write(tmp_path / "conf", {"config": ONE_MODEL.format("net")})
    cfg = composed(folder, "unetgen/up@unetgen.model.up=linear")
    assert unetgen.from_hydra(cfg) == unetgen.load("zoo/net", ["up=linear"])


def test_a_config_that_composes_others_is_composed_by_its_own_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = {
        "base": REQUIRED + "up: {kind: nearest, conv: 3}\n",
        "norm/batch": "kind: batch\n",
        "mine": "defaults: [base, norm: batch, _self_]\nup: {kind: transposed}\nseed: ${depth}\n",
    }
    monkeypatch.setenv(VARIABLE, str(write(tmp_path / "bundled", bundled)))
    folder = write(tmp_path / "conf", {"config": ONE_MODEL.format("mine")})
    assert unetgen.from_hydra(composed(folder)) == unetgen.load("mine")


BROKEN = [
    ("depth: on\n", "broken.yaml:1:8: depth: YAML 1.1"),
    ("depth: 1\n" + REQUIRED, "depth: given twice"),
    (REQUIRED + "seed: -1\n", "broken.yaml:5:7: seed: must be at least 0 (got -1)"),
    (REQUIRED + "seed: ${oc.env:HOME}\n", "nothing is run"),
    (REQUIRED + "hydra: {run: {dir: x}}\n", "`hydra` settings are refused here"),
    ("a: b: c\n", "broken.yaml:1:5: not valid YAML"),
    ("defaults: [nope]\n", "no such config (got 'nope')"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_a_broken_config_is_a_load_error_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setenv(VARIABLE, str(write(tmp_path / "bundled", {"broken": text})))
    folder = write(tmp_path / "conf", {"config": ONE_MODEL.format("broken")})
    with pytest.raises(ConfigLoadError) as raised:
        composed(folder)
    first, *_ = str(raised.value).splitlines()
    assert first == "'unetgen/model/broken' cannot be used:"
    assert message in str(raised.value)


def test_hydra_prints_a_broken_config_without_a_traceback(tmp_path: Path) -> None:
    bundled = write(tmp_path / "bundled", {"broken": REQUIRED + "seed: -1\n"})
    write(tmp_path / "conf", {"config": ONE_MODEL.format("broken")})
    done = run(tmp_path, **{VARIABLE: str(bundled)})
    assert done.returncode == 1
    assert "broken.yaml:5:7: seed: must be at least 0 (got -1)" in done.stderr
    assert "Traceback" not in done.stderr


# --- applications that use no unetgen ---


def test_an_application_without_unetgen_imports_nothing_of_it(tmp_path: Path) -> None:
    write(
        tmp_path / "conf",
        {"config": "defaults: [db: a, _self_]\nlr: 1\n", "db/a": "x: 1\n", "db/b": "x: 2\n"},
    )
    done = run(tmp_path, "db=b", "lr=2", "+y=3", "hydra.searchpath=[conf]")
    assert done.returncode == 0, done.stderr
    assert "omegaconf" in done.stdout.split()
    assert not {"unetgen", "pydantic", "keras", "numpy"} & set(done.stdout.split())
    assert done.stderr == ""


def test_a_missing_folder_of_configs_harms_only_who_asks_for_it(tmp_path: Path) -> None:
    write(tmp_path / "conf", {"config": "lr: 1\n"})
    nowhere = {VARIABLE: str(tmp_path / "nowhere")}
    assert run(tmp_path, **nowhere).returncode == 0
    assert "lr: 1" in run(tmp_path, "--help", **nowhere).stdout
    asked = run(tmp_path, "+unetgen/model=quickstart2d", **nowhere)
    assert asked.returncode == 1
    assert f"{VARIABLE}: is not a folder" in asked.stderr
    assert "Traceback" not in asked.stderr


# --- the source, as Hydra asks it ---


def test_groups_and_options_are_listed() -> None:
    listed = source().list
    groups = ["block", "down", "model", "norm", "skip", "topology", "up"]
    assert listed("", None) == listed("", ObjectType.GROUP) == ["unetgen"]
    assert listed("", ObjectType.CONFIG) == []
    assert set(groups) <= set(listed("unetgen", None))
    assert listed("unetgen", ObjectType.GROUP) == listed("unetgen", None)
    assert listed("unetgen", ObjectType.CONFIG) == []
    named = [name for name in bundled_configs() if "/" not in name]
    assert listed("unetgen/model", ObjectType.CONFIG) == named
    assert listed("unetgen/up", None) == [
        "bottleneck",
        "linear",
        "mednext",
        "nearest",
        "pixel_shuffle",
        "transposed",
    ]
    assert listed("unetgen/up", ObjectType.GROUP) == listed("unetgen/nope", None) == listed("db", None) == []


@pytest.mark.parametrize("group", ["", "unetgen", "unetgen/model", "unetgen/up"])
def test_these_are_groups(group: str) -> None:
    assert source().is_group(group)
    assert source().exists(group)
    assert not source().is_config(group)


@pytest.mark.parametrize(
    "path", ["db", "unetgenx/model", "model", "unetgen/nope", "unetgen/model/nope", "up"]
)
def test_these_are_nothing(path: str) -> None:
    assert not source().exists(path)
    with pytest.raises(ConfigLoadError, match="no config"):
        source().load_config(path)


def test_a_config_may_be_asked_for_with_its_suffix() -> None:
    result = source().load_config("unetgen/up/linear.yaml")
    assert (result.provider, result.path) == ("unetgen", "unetgen://")
    assert result.config == source().load_config("unetgen/up/linear").config
    assert result.config["kind"] == "linear"


def test_a_wheel_has_the_plugin_and_nothing_else_of_that_name(tmp_path: Path) -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (built,) = wheel.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with ZipFile(built) as archive:
        names = set(archive.namelist())
    files = {file.relative_to(ROOT).as_posix() for file in (ROOT / "hydra_plugins").rglob("*.py")}
    assert {name for name in names if name.startswith("hydra_plugins/")} == files
    assert "unetgen/__init__.py" in names
    assert "unetgen/configs/quickstart2d.yaml" in names
