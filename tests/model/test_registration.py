"""Importing unetgen costs nothing, and models load without `custom_objects` whatever is imported first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from tests.tiers import sampled

HEAVY = ("keras", "tensorflow", "numpy", "pydantic", "yaml", "hydra", "h5py")


def python(code: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_unetgen_imports_nothing_heavy() -> None:
    code = f"import unetgen, sys; print([name for name in {HEAVY} if name in sys.modules])"
    assert python(code) == "[]"


def test_the_hook_goes_once_keras_is_there_and_leaves_no_trace() -> None:
    code = """
import sys
before = list(sys.meta_path)
import unetgen
import unetgen.model.registration
assert len(sys.meta_path) == len(before) + 1
assert "keras" not in sys.modules
import importlib.util
import keras
assert [type(f) for f in sys.meta_path if f in before] == [type(f) for f in before]
assert not [f for f in sys.meta_path if type(f).__module__.startswith("unetgen")]
for loader in (keras.__loader__, keras.__spec__.loader):
    assert type(loader).__name__ == "SourceFileLoader", loader
assert "unetgen.layers" in sys.modules
print(importlib.util.find_spec("keras") is keras.__spec__)
"""
    assert python(code) == "True"


def test_the_hook_is_not_asked_for_what_keras_imports() -> None:
    code = """
import sys
import unetgen
asked = []
finder = sys.meta_path[0]
ask = type(finder).find_spec
type(finder).find_spec = lambda self, name, *rest: asked.append(name) or ask(self, name, *rest)
import keras
print(asked)
"""
    assert python(code) == "['keras']"


def test_the_hook_waits_for_the_next_try_where_keras_fails() -> None:
    code = """
import os, sys
import unetgen
os.environ["KERAS_BACKEND"] = "nonsense"
try:
    import keras
except ValueError as error:
    assert "nonsense" in str(error)
assert "unetgen.layers" not in sys.modules
for name in [name for name in sys.modules if name.split(".")[0] == "keras"]:
    del sys.modules[name]
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
assert not [f for f in sys.meta_path if type(f).__module__.startswith("unetgen")]
print("unetgen.layers" in sys.modules)
"""
    assert python(code) == "True"


def test_looking_for_keras_is_not_importing_it() -> None:
    code = """
import importlib.util, sys
import unetgen
spec = importlib.util.find_spec("keras")
assert spec.loader.get_filename("keras") == spec.origin
assert "keras" not in sys.modules
import keras
print("unetgen.layers" in sys.modules)
"""
    assert python(code) == "True"


def test_without_keras_the_error_is_pythons_own() -> None:
    code = """
import sys
import unetgen
sys.path[:] = [place for place in sys.path if "site-packages" not in place]
try:
    import keras
except ModuleNotFoundError as error:
    print(error)
"""
    assert python(code) == "No module named 'keras'"


LOAD = """
import json, sys
import numpy as np
data = np.load(sys.argv[2])
model = keras.models.load_model(sys.argv[1])
model.save(sys.argv[3])
print(json.dumps(model.evaluate(data["x"], data["y"], verbose=0, return_dict=True)))
"""
ORDERS = (
    "import unetgen, keras",
    "import keras, unetgen",
    "import tensorflow, unetgen, keras",
    "import unetgen, tensorflow, keras",
    "import unetgen; from keras.layers import Conv2D; import keras",
    "import unetgen; from tensorflow import keras",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A trained, saved model that uses every class of `unetgen.layers`, its data and what it evaluates to."""
    import keras

    from unetgen import layers as own

    first: dict[str, Any] = {"data_format": "channels_first"}
    x = inputs = keras.Input((2, 4, 6), name="input")
    x = own.Upsampling((2, 3), "linear", **first, name="up")(x)
    x = own.GroupedConvTranspose(2, (1, 1), (1, 1), 2, kernel_initializer="ones", **first, name="grouped")(x)
    x = own.BlurPool((1, 3), **first, name="blur")(x)
    x = own.Resizing((4, 6), "linear", **first, name="resize")(x)
    x = own.EdgePadding(((1, 1), (1, 1)), **first, name="pad")(x)
    x = own.PixelUnshuffle((3, 2), **first, name="unshuffle")(x)
    x = own.AdaptivePooling((4, 6), **first, name="bins")(x)
    x = own.SpatialSelfAttention(2, 2, 4, **first, name="attention")(x)
    x = own.SpatialPositionAttention(2, **first, name="positions")([x, x, x])
    x = own.ChannelScale(0.5, axis=1, name="scale")(x)
    x = own.Resizing((4, 6), **first, name="resize_again")(x)
    x = own.ZeroChannels(2, axis=1, name="zeros")(x)
    x = own.ChannelsFirstConv2D(
        24, 1, kernel_initializer=own.Icnr("he_normal"), kernel_regularizer="l2", name="conv"
    )(x)
    x = own.PixelShuffle((2, 2), **first, name="shuffle")(x)
    x = own.Cropping(((2, 2), (1, 5)), **first, name="crop")(x)
    x = own.AxisActivation("glu", axis=1, name="glu")(x)
    x = own.ActivationWithOptions("celu", {"alpha": 0.5}, name="celu")(x)
    outputs = [own.AxisActivation("softmax", axis=1, name="softmax")(x)]
    model = own.SupervisedModel(inputs, outputs, name="every", data_format="channels_first")
    hot = [
        own.CategoricalCrossentropy(axis=1, label_smoothing=0.1),
        own.CategoricalFocalCrossentropy(axis=1, alpha=[0.2, 0.3, 0.5]),
        own.BinaryCrossentropy(axis=1, class_weights=[1, 2, 3], positive_weight=9.0, ignore_class=255),
        own.BinaryFocalCrossentropy(axis=1, positive_weight=[1, 2, 3]),
        own.RegressionLoss("huber", axis=1, delta=0.5),
    ]
    loss = own.WeightedSum(
        [*hot, own.DiceLoss(axis=1), own.GeneralizedDiceLoss(axis=1), own.TverskyLoss(axis=1, gamma=0.75)],
        [1, 2, 3, 4, 5, 6, 7, 8],
    )
    metrics = [
        own.CategoricalAccuracy(axis=1),
        own.BinaryAccuracy(axis=1),
        own.RegressionMetric("squared", axis=1),
        own.DiceCoefficient(3, axis=1),
        own.MeanIoU(3, axis=1),
    ]
    model.compile(optimizer="adam", loss=loss, metrics=metrics)
    random = np.random.default_rng(0)
    xs = random.normal(size=(4, 2, 4, 6)).astype("float32")
    ys = np.moveaxis(np.eye(3, dtype="float32")[random.integers(0, 3, (4, 4, 6))], -1, 1)
    model.fit(xs, ys, batch_size=2, verbose=0)
    folder = tmp_path_factory.mktemp("every")
    model.save(folder / "model.keras")
    np.savez(folder / "data.npz", x=xs, y=ys)
    return folder, model.evaluate(xs, ys, verbose=0, return_dict=True)


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "metadata.json"}


def test_the_model_uses_every_class(files: list[Path]) -> None:
    from unetgen import layers

    config = members(files[0] / "model.keras")["config.json"].decode()
    missing = {name for name in layers.__all__ if f'"unetgen>{name}"' not in config}
    sparse = {"SparseCategoricalAccuracy", "SparseCategoricalCrossentropy"}  # the test below
    others = {"ChannelsFirstConv1D", "ChannelsFirstConv3D"}
    others |= {"AppendOnes", "InstanceNormalization", "MergedConv", "SoftmaxOfFew"}  # of rewritten plans
    others |= {"ChannelSelection"}  # before an encoder: tests/parts/encoders/test_preprocess.py
    others |= {"UnfusedActivation", "UnfusedZeroPadding"}  # tests/emit/keras/test_graph_mode.py
    others |= {
        "ResizingLike",
        "CroppingLike",
        "CroppingToMultiple",
        "PaddingLike",
        "PaddingToMultiple",
    }  # free sizes
    others |= {"CheckedModel", "RecomputingModel"}  # bases of this model
    transposed = {f"ChannelsFirstConv{dims}DTranspose" for dims in (1, 2, 3)}
    assert missing == sparse | others | transposed


@pytest.mark.parametrize("order", sampled(ORDERS, ORDERS[:2]))
def test_it_loads_and_saves_again_in_a_fresh_interpreter(
    files: list[Path], order: str, tmp_path: Path
) -> None:
    folder, expected = files
    again = tmp_path / "again.keras"
    found = json.loads(
        python(order + LOAD, folder / "model.keras", folder / "data.npz", again).splitlines()[-1]
    )
    assert found == pytest.approx(expected, rel=1e-6)
    assert len(found) == 6
    first, second = members(folder / "model.keras"), members(again)
    assert first.keys() == second.keys()
    configs = [without_addresses(json.loads(part["config.json"])) for part in (first, second)]
    assert configs[0] == configs[1]
    assert configs[0]["compile_config"]["loss"]["registered_name"] == "unetgen>WeightedSum"
    assert weights(folder / "model.keras") == weights(again)


def without_addresses(config: Any) -> Any:
    """Keras notes where in memory an object stood that several layers share."""
    if isinstance(config, dict):
        return {key: without_addresses(part) for key, part in config.items() if key != "shared_object_id"}
    return [without_addresses(part) for part in config] if isinstance(config, list) else config


def weights(file: Path) -> dict[str, Any]:
    """Every array in a saved model, the optimizer's too."""
    import io

    import h5py

    found = {}

    def note(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = (str(item.dtype), item.shape, item[()].tobytes())

    with h5py.File(io.BytesIO(members(file)["model.weights.h5"])) as stored:
        stored.visititems(note)
    assert any("optimizer" in name for name in found)
    return found


def test_the_sparse_classes_load_too(tmp_path: Path) -> None:
    import keras

    import unetgen

    overrides = [
        "input.shape=[8,8]", "input.data_format=channels_first", "depth=2", "base_filters=2", "num_classes=3",
        "compile.loss={kind: sparse_categorical_crossentropy, class_weights: [1, 2, 3]}",
        "compile.metrics=[sparse_categorical_accuracy]",
    ]  # fmt: skip
    model = unetgen.build(unetgen.load("quickstart2d", overrides))
    x = np.random.default_rng(0).normal(size=(2, 1, 8, 8)).astype("float32")
    y = np.random.default_rng(1).integers(0, 3, (2, 1, 8, 8))
    model.fit(x, y, verbose=0)
    model.save(tmp_path / "sparse.keras")
    config = members(tmp_path / "sparse.keras")["config.json"].decode()
    for name in ("SparseCategoricalAccuracy", "SparseCategoricalCrossentropy"):
        assert f'"unetgen>{name}"' in config
    before = model.evaluate(x, y, verbose=0, return_dict=True)
    assert keras.saving.load_model(tmp_path / "sparse.keras").evaluate(
        x, y, verbose=0, return_dict=True
    ) == pytest.approx(before, rel=1e-6)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    code = "import unetgen, keras" + LOAD
    out = python(code, tmp_path / "sparse.keras", tmp_path / "data.npz", tmp_path / "again.keras")
    assert json.loads(out.splitlines()[-1]) == pytest.approx(before, rel=1e-6)
