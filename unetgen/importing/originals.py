"""The original network of a checkpoint, built by its own package where that is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from unetgen.config.model import UNetConfig
from unetgen.errors import UnetgenError
from unetgen.importing.json_file import JsonValue
from unetgen.importing.monai_arguments import ARGUMENTS
from unetgen.importing.nnunet_labels import Dataset
from unetgen.importing.nnunet_modules import last_word
from unetgen.importing.nnunet_plans import arguments_of, configuration
from unetgen.plan.tensor import sizes
from unetgen.weights.transplant import Array, Tensors, WeightFamily

Compute = Callable[[Array], list[Array]]
"""From an input (1, channels, *spatial) to the outputs, all channels first."""


def first_words(error: Exception) -> str:
    """The beginning of what an error of another package says, on one line."""
    return " ".join(str(error).split())[:200]


@dataclass(frozen=True)
class Original:
    """A package's network, not made yet."""

    package: str
    make: Callable[[], Any]

    def load(self, tensors: Tensors) -> Compute:
        """The network with these tensors; it raises `UnetgenError` for an input that it does not take."""
        torch, network = import_module("torch"), self.make()
        state = {name: torch.from_numpy(np.asarray(array)) for name, array in tensors.items()}
        network.load_state_dict(state)
        network.eval()

        def compute(x: Array) -> list[Array]:
            try:
                with torch.no_grad():
                    given = network(torch.from_numpy(x))
            except (RuntimeError, ValueError) as error:
                size = sizes(x.shape[2:])
                reason = first_words(error)
                raise UnetgenError(
                    f"{self.package}'s own network does not take an input of {size}: {reason}"
                ) from None
            return [each.numpy() for each in (given if isinstance(given, list | tuple) else [given])]

        return compute


@dataclass(frozen=True)
class KerasOriginal:
    """A model of keras.applications, not made yet; it reads its weights from the file itself."""

    package: str
    make: Callable[[], Compute]

    def load(self, tensors: Tensors) -> Compute:
        """What the model computes with the weights in its file."""
        return self.make()


def installed(module: str, original: Original, package: str) -> Original | str:
    """The original where PyTorch and its own module are installed, else the package to install."""
    there = all(importlib.util.find_spec(name) is not None for name in (module, "torch"))
    return original if there else package


def nnunet_original(plans: JsonValue, name: str, dataset: Dataset) -> Original | str:
    """The class of dynamic-network-architectures that the plans name, or the package to install."""
    package = "dynamic_network_architectures"
    family, places = arguments_of(configuration(plans, name))
    arguments = {key: place.value for key, place in places.items()}

    def make() -> Any:
        nn = import_module("torch.nn")
        blocks = import_module(f"{package}.building_blocks.residual")
        classes = import_module(f"{package}.architectures.unet")
        network = {"plain": classes.PlainConvUNet, "residual": classes.ResidualEncoderUNet}[family]
        for key in ("conv_op", "norm_op", "dropout_op", "nonlin", "block"):
            if arguments.get(key) is not None:
                home = blocks if key == "block" else nn
                arguments[key] = getattr(home, last_word(arguments[key]))
        arguments["deep_supervision"] = True
        return network(input_channels=dataset.channels, num_classes=dataset.num_classes, **arguments)

    name = "dynamic-network-architectures"
    return installed(package, Original(name, make), name)


def monai_original(config: UNetConfig, family: WeightFamily, tensors: Tensors) -> Original | str:
    """MONAI's network of `config`, or its package where that is not installed.

    Raises `UnetgenError` where no network of MONAI's has that config.
    """
    kind, arguments = family.name.removeprefix("MONAI "), ARGUMENTS[family.name](config, tensors)

    def make() -> Any:
        network = getattr(import_module("monai.networks.nets"), kind)
        return network(spatial_dims=config.dims, **arguments)

    return installed("monai", Original("MONAI", make), "monai")
