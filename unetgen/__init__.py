"""unetgen: one YAML file describes one U-Net; everything else is made from it.

    import unetgen
    config = unetgen.load("unet3d_depth2", overrides=["depth=4"])
    plan = unetgen.plan(config)  # exact shapes, parameters and cost, without TensorFlow
    unetgen.summary(config)  # memory and receptive field too; a table in a notebook
    model = unetgen.build(config)  # a compiled keras.Model
    unetgen.check_targets(config, y)  # an error that says which values belong to no class
    fast = unetgen.optimized(model, config)  # the same predictions, faster
    other, table = unetgen.transfer(model, other_config)  # all weights that fit into another network
    unetgen.figure(config)  # shows itself in a notebook
    suggested = unetgen.suggest("run.yaml", "8GiB")  # a network for one's images, by nnU-Net's rules
    trained = unetgen.run("run.yaml", "out/first")  # images to a trained model
    labels = unetgen.load_predictor(trained.model_file)(image)  # whole images, of any size

Importing this package imports neither TensorFlow nor Keras. As soon as Keras is imported, before or
after, the layers, losses and metrics of `unetgen.layers` are registered with it, so that a saved model
loads without ``custom_objects``.
"""

from __future__ import annotations

from importlib import import_module

# The package `unetgen.plan` first: importing it later would hide the function of that name below.
import unetgen.plan as _plan_package  # noqa: F401
from unetgen.model.registration import register_with_keras

TYPE_CHECKING = False  # importing `typing` would take longer than all of this
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Literal

    import keras

    from unetgen.analysis.summary import Summary
    from unetgen.config.model import UNetConfig
    from unetgen.emit.figure.figure import Figure, Scale, Theme, View
    from unetgen.errors import ConfigError, UnetgenError
    from unetgen.model.transfer.axes import ChannelMode
    from unetgen.model.transfer.kernels import KernelMode
    from unetgen.model.transfer.table import TransferTable
    from unetgen.plan.graph import Plan
    from unetgen.predicting.predictor import Predictor
    from unetgen.suggesting.families import Preset
    from unetgen.suggesting.resolution import Resolution
    from unetgen.suggesting.suggestion import DataSuggestion
    from unetgen.training.fitting import FinishedRun

__version__ = "0.1.0"
__all__ = [
    "ConfigError",
    "Predictor",
    "UNetConfig",
    "UnetgenError",
    "build",
    "check_targets",
    "figure",
    "from_hydra",
    "load",
    "load_predictor",
    "optimized",
    "plan",
    "run",
    "save",
    "suggest",
    "summary",
    "transfer",
]


_HOMES = {
    "ConfigError": "unetgen.errors",
    "Predictor": "unetgen.predicting.predictor",
    "UNetConfig": "unetgen.config.model",
    "UnetgenError": "unetgen.errors",
}
"""The modules of the classes, which are imported once they are asked for."""


def load(config: str | os.PathLike[str] | Mapping[str, Any], overrides: Iterable[str] = ()) -> UNetConfig:
    """The checked config in a file, of a bundled name, in YAML text or in a mapping.

    A string is YAML text where it has a line break, begins with ``{`` or has a colon before a space or at its
    end; every other string, and every `pathlib.Path`, names a file or a bundled config. `overrides` are in
    Hydra's grammar. Names of files in text and mappings are relative to the current folder. Raises
    `ConfigError` with every problem, each with its place: line and column, or the path in a mapping.

    >>> load("unet3d_depth2", overrides=["depth=4"]).depth
    4
    >>> load({"input": {"shape": [64, 64]}, "depth": 1, "base_filters": 8, "num_classes": 2})
    Traceback (most recent call last):
    unetgen.errors.ConfigError: dict: depth: must be at least 2 (got 1)
    """
    from unetgen.config.given import given_design

    return given_design(config, overrides).config


def from_hydra(cfg: Mapping[Any, Any]) -> UNetConfig:
    """The checked config in `cfg`, which your own Hydra application composed.

    `cfg` is the node of a model, or the whole config, of which the node `unetgen.model` is taken. Raises
    `ConfigError` with every problem, each with its key in the application's config.

    >>> from omegaconf import OmegaConf
    >>> node = {"input": {"shape": ["${size}", 64]}, "depth": 1, "base_filters": 8, "num_classes": 2}
    >>> cfg = OmegaConf.create({"size": 64, "unetgen": {"model": node}})
    >>> from_hydra(cfg)
    Traceback (most recent call last):
    unetgen.errors.ConfigError: unetgen.model.depth: must be at least 2 (got 1)
    >>> cfg.unetgen.model.depth = 3
    >>> from_hydra(cfg).input.shape
    (64, 64)
    """
    from unetgen.config.application.from_hydra import from_hydra as config_from_hydra

    return config_from_hydra(cfg)


def plan(config: UNetConfig) -> Plan:
    """The plan of `config`: every layer with its exact shape and parameters, without TensorFlow.

    Raises `ConfigError` where the parts of the config do not fit together.

    >>> plan(load("unet3d_depth2")).params
    833507
    """
    from unetgen.config.lowering import lower

    return lower(config).plan


def summary(config: UNetConfig, batch: int = 1) -> Summary:
    """All that ``unetgen show`` says of `config`, with memory for `batch` samples; a table in a notebook.

    >>> summary(load("unet3d_depth2"), batch=2).memory.train_bytes > 0
    True
    """
    from unetgen.analysis.summary import Summary
    from unetgen.config.lowering import lower

    return Summary(lower(config), batch)


def build(config: UNetConfig) -> keras.Model:
    """The compiled Keras model of `config`.

    Every layer is named after its node in the plan; losses and metrics work on the class axis of the
    config's data format. Equal configs give equal initial weights.
    """
    from unetgen.config.lowering import lower
    from unetgen.model.building import build_model

    return build_model(lower(config))


def check_targets(config: UNetConfig, y: object) -> None:
    """Check that `y` holds targets that the losses and metrics of `config` take, before any training.

    `y` is what `keras.Model.fit` takes, of a batch or of all samples: an array ``(batch, *spatial, classes)``
    or ``(batch, classes, *spatial)``, or class numbers ``(batch, *spatial)``, as the config says; a list or
    mapping with one for each task; or a list with one for each output. Raises `UnetgenError`, which is a
    `ValueError` too, with the values found, how often, what is expected, and what to do. The model that
    `build` makes does the same in `fit`, for all but a ``tf.data.Dataset``.

    >>> import numpy as np
    >>> config = load("quickstart2d", ["num_classes=4", "compile.loss=sparse_categorical_crossentropy",
    ...                                "compile.metrics=[]", "input.shape=[16,16]"])
    >>> labels = np.zeros((2, 16, 16), "uint8")
    >>> check_targets(config, labels)
    >>> labels[0, :2] = 255
    >>> check_targets(config, labels)
    Traceback (most recent call last):
    unetgen.targets.checking.TargetError: y: class numbers must be 0 to 3 (found 0 at 480 and 255 at 32 of 512
    positions); `compile.ignore_class=255` ignores that label
    """
    from unetgen.model.targets import check_targets as check_targets_of

    check_targets_of(config, y)


def optimized(model: keras.Model, config: UNetConfig) -> keras.Model:
    """A model that predicts what `model`, trained or not, does, faster: not compiled, and not to be trained.

    `model` is that of `config`, as `build` makes it, or as it was trained and loaded again. Input and outputs
    keep their shapes and names. Raises `UnetgenError` with every layer in which the two differ.
    """
    from unetgen.config.lowering import lower
    from unetgen.model.optimizing import optimize

    return optimize(model, lower(config)).model


def transfer(
    model: keras.Model,
    config: UNetConfig,
    *,
    channels: ChannelMode = "mean",
    classes: Mapping[int, int] | None = None,
    kernels: KernelMode = "equal",
) -> tuple[keras.Model, TransferTable]:
    """The compiled model of `config` with all weights of `model` that fit, and the table of what was carried.

    Layers go by their names, which say where they stand; `model`, of any other config, is not changed.
    `channels` says what kernels do with another number of channels of the image: ``mean`` gives each the mean
    of the old ones, ``copy`` repeats them, both scaled to the same response; ``zero`` lets additional ones
    count nothing. `classes` are the old numbers of new classes; by default all are carried where there are as
    many, else none. With `kernels` ``linear``, those of another size are carried too, interpolated between
    their taps (UpKern, arXiv 2303.09975). Raises `UnetgenError` where nothing fits.

    >>> small = ["input.shape=[16,16]", "depth=2", "base_filters=2"]
    >>> model = build(load("quickstart2d", small))
    >>> other, table = transfer(model, load("quickstart2d", [*small, "num_classes=4"]))
    >>> [row.layer for row in table.rows if row.new], [row.layer for row in table.left]
    (['head'], ['head'])
    """
    from unetgen.config.lowering import lower
    from unetgen.model.transfer.transferring import transferred

    return transferred(model, lower(config), channels, classes, kernels)


def save(model: keras.Model, config: UNetConfig, file: str | os.PathLike[str]) -> None:
    """Save `model` as a ``.keras`` file that holds `config` too, whole or not at all.

    Keras's own ``model.save`` leaves the config out; `unetgen optimize` then has to be told it. Raises
    `UnetgenError` where the model is not that of the config, or `file` cannot be written.
    """
    from unetgen.config.lowering import lower
    from unetgen.model.optimizing import save_model

    save_model(model, lower(config), file)


def suggest(
    target: str | os.PathLike[str],
    memory: float | str,
    file: str | os.PathLike[str] = "suggested.yaml",
    overrides: Iterable[str] = (),
    *,
    dims: int | None = None,
    residual: bool = False,
    precision: str | None = None,
    resolution: Resolution = "full",
    preset: Preset | None = None,
) -> DataSuggestion:
    """The network for the images of `target`, a run file or a folder, by nnU-Net's rules and within `memory`.

    `memory` is in bytes, or a text such as ``8GiB``, or ``nnunet``: as large as nnU-Net makes its networks;
    with it goes `preset`, one of its targets for networks with a residual encoder.
    `file` is where the config belongs; what is returned writes it there with `save()`, and has its `text`,
    the `overrides` that a run needs for it, and the numbers. `overrides` are of the run file. The other
    arguments are the options of ``unetgen suggest``. Raises `UnetgenError` with all problems of the data, or
    where nothing fits.

    >>> suggestion = suggest("run.yaml", "8GiB", "mine.yaml")  # doctest: +SKIP
    >>> suggestion.save()  # doctest: +SKIP
    >>> run("run.yaml", "out/mine", suggestion.overrides)  # doctest: +SKIP
    """
    from pathlib import Path

    from unetgen.suggesting.budget import budget_of
    from unetgen.suggesting.suggestion import Wishes, suggestion_for
    from unetgen.sweep.quantities import quantity

    limit = quantity(memory) if isinstance(memory, str) and memory != "nnunet" else memory
    wishes = Wishes(dims, residual, precision, resolution, preset)
    return suggestion_for(Path(target), budget_of(limit), wishes, Path(file), tuple(overrides))


def run(
    file: str | os.PathLike[str],
    out: str | os.PathLike[str],
    overrides: Iterable[str] = (),
    *,
    resume: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    devices: int | Literal["all"] | None = None,
) -> FinishedRun:
    """Train the network of the run file `file` on its images, and keep all of it in the folder `out`.

    `overrides` are in Hydra's grammar, such as ``fit.epochs=20`` and ``model.depth=4``. With `resume` a run
    that was interrupted goes on behind its last whole epoch. `devices` is how many GPUs of this machine share
    each batch, or ``all`` of them; by default one. What is returned has the `history`, the `best`
    epoch and the `model_file`. Raises `ConfigError` with every problem of the run and its files, before
    anything is trained.

    >>> run("run.yaml", "out/first", ["fit.epochs=20"]).model_file  # doctest: +SKIP
    """
    from pathlib import Path

    from unetgen.runs.loader import load_run
    from unetgen.training.fitting import train

    return train(load_run(file, overrides), Path(out), resume=resume, callbacks=callbacks, devices=devices)


def load_predictor(*files: str | os.PathLike[str], **settings: Any) -> Predictor:
    """What predicts whole images with the models in `files`, whose scores are averaged.

    It does to an image what training did, as the files say. `settings` are those of `Predictor`: `overlap`,
    `weighting`, `mirror`, `batch_size`, `tile`, `margin`. Raises `UnetgenError` for what is not a model.

    >>> predictor = load_predictor("out/first/model.keras", mirror=(0, 1))  # doctest: +SKIP
    >>> labels, scores = predictor(image), predictor.scores(image)  # doctest: +SKIP
    """
    from pathlib import Path

    from unetgen.predicting.loading import load_predictor as load_with
    from unetgen.predicting.settings import Settings

    return load_with([Path(file) for file in files], Settings(**settings))


def figure(
    config: UNetConfig,
    other: UNetConfig | None = None,
    *,
    view: View = "block",
    width: str = "double",
    theme: Theme = "okabe",
    cuboid: bool = False,
    scale: Scale = "log",
) -> Figure:
    """The figure of `config` for a paper, or of two configs side by side; in a notebook it shows itself.

    `width` is ``single``, ``double``, ``lncs``, ``ieee``, ``nature`` or a length such as ``122mm``;
    ``theme="dark"`` is for dark pages. Raises `UnetgenError` where it does not fit.

    >>> figure(load("unet3d_depth2"), width="single").save("figure.svg", "figure.pdf")  # doctest: +SKIP
    """
    from unetgen.config.lowering import lower
    from unetgen.emit.figure.figure import figure_of

    drawn = [lower(each) for each in (config, other) if each is not None]
    return figure_of(*drawn, view=view, width=width, theme=theme, cuboid=cuboid, scale=scale)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'unetgen' has no attribute {name!r}")


register_with_keras()
