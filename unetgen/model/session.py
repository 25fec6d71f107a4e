"""The running Keras: saved models read, seeds set, and the device that its backend computes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import keras
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

from unetgen.errors import UnetgenError
from unetgen.model.archive import require_sound_model


class Strategy(Protocol):
    """What is used of a ``tf.distribute.Strategy``, which has no types."""

    def scope(self) -> AbstractContextManager[object]:
        """Within, every variable is made with a copy on each device."""


def load(file: Path) -> keras.Model:
    """The model saved in `file`, not compiled.

    Raises `UnetgenError` where opening it could fill the memory, and whatever Keras does where it cannot be
    read.
    """
    require_sound_model(file)
    return keras.saving.load_model(file, compile=False)


def as_numpy(tensor: object) -> NDArray[np.generic]:
    """A tensor of the backend as an array."""
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def seeded_session(seed: int) -> None:
    """Forget what Keras holds of earlier models, and seed the generators of Python, NumPy and the backend."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)


def compute_deterministically() -> None:
    """Let the backend compute the same bit for bit each time, from now on; `UnetgenError` where it cannot.

    The backend has to be TensorFlow. Operations become slower, and fail if they cannot be deterministic.
    """
    if keras.backend.backend() != "tensorflow":
        raise UnetgenError(
            f"fit.deterministic: is for TensorFlow, and Keras computes with {keras.backend.backend()}; "
            "leave it out"
        )
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def visible_devices() -> tuple[str, ...]:
    """What TensorFlow can share a batch among, such as ``GPU:0``: its GPUs; without any, its CPUs.

    All cores are one CPU, unless a program has made several of it. Raises `UnetgenError` for another backend.
    """
    if keras.backend.backend() != "tensorflow":
        raise UnetgenError(
            f"devices: are for TensorFlow, and Keras computes with {keras.backend.backend()}; leave it out"
        )
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return tuple(each.name.removeprefix("/device:") for each in found)


@cache
def several_devices(names: tuple[str, ...]) -> Strategy:
    """The strategy by which these devices share batches, each with a copy of every variable.

    The same one each time. Measured in TensorFlow 2.21: a second one on the same devices counts the sums over
    them anew, from 1, takes them for those of the first, and fails.
    """
    import tensorflow as tf

    strategy: Strategy = tf.distribute.MirroredStrategy(list(names))
    return strategy


def started_device() -> str:
    """Start the backend with a trivial operation; where it computes: ``cpu``, or the name of the GPU."""
    tensor = keras.ops.ones((2, 2))
    float(keras.ops.sum(tensor))
    if keras.backend.backend() != "tensorflow":
        return str(tensor.device)
    import tensorflow

    for gpu in tensorflow.config.list_physical_devices("GPU"):
        return str(tensorflow.config.experimental.get_device_details(gpu).get("device_name", "gpu"))
    return "cpu"


def gpu_capabilities() -> list[tuple[int, ...]]:
    """The compute capability of each GPU that the backend computes on; nothing of one that has none."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow

        details = tensorflow.config.experimental.get_device_details
        details_of_gpus = [details(gpu) for gpu in tensorflow.config.list_physical_devices("GPU")]
        return [tuple(each.get("compute_capability", ())) for each in details_of_gpus]
    if backend == "torch":
        import torch

        count = torch.cuda.device_count()
        return [torch.cuda.get_device_capability(index) for index in range(count)]
    if backend == "jax":
        import jax

        gpus = [each for each in jax.local_devices() if each.platform == "gpu"]
        said = [str(getattr(each, "compute_capability", "")) for each in gpus]
        return [tuple(int(part) for part in text.split(".") if part.isdecimal()) for text in said]
    return []


def can_pool(reduction: Literal["max", "average"], dims: int, dtype: str) -> bool:
    """Whether the backend pools tensors of so many spatial axes and this type on its device: it is tried."""
    pool = {"max": keras.ops.max_pool, "average": keras.ops.average_pool}[reduction]
    try:
        pool(keras.ops.zeros((1, *[2] * dims, 1), dtype), pool_size=(2,) * dims)
    except Exception:  # each backend has its own, and TensorFlow two
        return False
    return True


def counting_gpu_peak() -> Callable[[], int] | None:
    """Start counting; the function returned says how many bytes above now's the first GPU held at most.

    None where TensorFlow has no GPU, or another backend is in use.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow

    if not tensorflow.config.list_logical_devices("GPU"):
        return None
    memory = tensorflow.config.experimental
    bytes_before = int(memory.get_memory_info("GPU:0")["current"])
    memory.reset_memory_stats("GPU:0")
    return lambda: int(memory.get_memory_info("GPU:0")["peak"]) - bytes_before
