"""`unetgen import weights`: a PyTorch checkpoint in, a Keras model with its weights out.

PyTorch is imported here, late, and reads nothing but tensors and plain data (``weights_only``). Where the
package that the network comes from is installed too, the original is built and both compute on one input.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unetgen.archives import MAX_EXPANSION, require_sound_archive
from unetgen.config.design import Design
from unetgen.config.loader import load_design
from unetgen.errors import UnetgenError, shown
from unetgen.files import unwritable
from unetgen.importing import own_source
from unetgen.importing.families import MONAI_MARKS, NNUNET, NNUNET_MARKS, recognized
from unetgen.importing.json_file import JsonValue
from unetgen.importing.monai_limits import require_expressible, require_same_padding
from unetgen.importing.nnunet import import_plans
from unetgen.importing.nnunet_v1 import refuse_v1_checkpoint
from unetgen.importing.originals import Compute, Original, first_words, monai_original, nnunet_original
from unetgen.model.pytorch import pytorch
from unetgen.reading import size_text
from unetgen.weights.prefixes import without_prefix
from unetgen.weights.transplant import Array, Tensors, WeightFamily, transplant

LARGEST_DIFFERENCE = 1e-3
"""Above it nothing is written: float32 networks agree to 1e-5, a wrong layer makes a difference of 0.1."""
HOLDERS = ("network_weights", "state_dict", "model_state_dict", "model", "network", "net")
"""Keys under which training programs keep the weights."""


@dataclass(frozen=True)
class ImportedWeights:
    """What came of an import."""

    file: str
    config: str
    family: str
    params: int
    fingerprint: str
    checked_with: str | None
    """The package that computed the same; None where it was not asked, see `not_checked`."""
    difference: float | None
    not_checked: str | None

    def as_dict(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return asdict(self)

    def as_text(self) -> str:
        """As people read it."""
        text = f"{self.file}: {self.config}, {self.params:,} parameters from {self.family}"
        if self.difference is None:
            return f"{text}\n  not checked: {self.not_checked}"
        return (
            f"{text}\n  checked with {self.checked_with}: the outputs on one input differ by at most "
            f"{self.difference:.1e} of the largest"
        )


@dataclass(frozen=True)
class _Network:
    """A network whose weights are to be imported: as a config, as a checkpoint, and as its package has it."""

    design: Design
    family: WeightFamily
    layers: Mapping[str, Sequence[Array]]
    tensors: Tensors
    original: Original | None


def import_weights(
    checkpoint: Path,
    source: str,
    config: str | None,
    overrides: Sequence[str],
    out: Path,
    unchecked: bool = False,
) -> ImportedWeights:
    """Write the Keras model of the checkpoint's network, with its weights, to `out`.

    Raises `UnetgenError` where the two do not fit, where they compute something else and, without
    `unchecked`, where the original is not there to compare with.
    """
    if wrong := unwritable([out], [".keras"]):
        raise UnetgenError("\n".join(wrong))
    if overrides and config is None:
        raise UnetgenError("overrides need --config")
    chosen = None if config is None else load_design(config, overrides)
    torch = _torch()
    held = _read(torch, checkpoint)
    tensors = dict(_tensors(torch, held, checkpoint))
    if source == own_source.NAME:
        return _own(checkpoint, tensors, chosen, out)
    if source == "monai":
        if chosen is None:
            raise UnetgenError("a checkpoint of MONAI's holds no architecture: name it with --config")
        network = _monai(checkpoint, tensors, chosen)
    else:
        network = _nnunet(checkpoint, held, tensors, chosen, out.stem)
    difference, why_not = _compared(checkpoint, network)
    if why_not is not None and not unchecked:
        raise UnetgenError(
            f"{checkpoint}: nothing was written, because {why_not}; --unchecked writes it anyway"
        )
    from unetgen.model.saving import write_model

    design, original = network.design, network.original
    write_model(design, network.layers, out)
    return ImportedWeights(
        *(str(out), design.config.name, network.family.name, design.plan.params, design.plan.fingerprint),
        original.package if original is not None and why_not is None else None,
        difference,
        why_not,
    )


def _own(checkpoint: Path, tensors: Tensors, design: Design | None, out: Path) -> ImportedWeights:
    """The weights of a printed source, which is there to compare with wherever PyTorch is."""
    if design is None:
        raise UnetgenError("weights of a printed source hold no architecture: name it with --config")
    with _about(checkpoint):
        layers, tensors = own_source.own_layers(design, tensors)
        difference = _small(checkpoint, own_source.own_difference(design, layers, tensors))
    from unetgen.model.saving import write_model

    write_model(design, layers, out)
    names = (str(out), design.config.name, own_source.NAME, design.plan.params, design.plan.fingerprint)
    return ImportedWeights(*names, "the printed source", difference, None)


def _monai(checkpoint: Path, tensors: Tensors, design: Design) -> _Network:
    with _about(checkpoint):
        tensors = without_prefix(tensors, MONAI_MARKS)
        family = recognized(tensors)
        require_expressible(family.name, tensors)
        original = monai_original(design.config, family, tensors)
        layers = transplant(design.plan, tensors, family)
        require_same_padding(family.name, design.plan)
    return _Network(design, family, layers, tensors, original)


def _nnunet(
    checkpoint: Path, held: Mapping[str, Any], tensors: Tensors, chosen: Design | None, name: str
) -> _Network:
    refuse_v1_checkpoint(tensors, held, checkpoint)
    plans, configuration, dataset = _init_args(held, checkpoint)
    imported = import_plans(plans, configuration, dataset, name)
    design = chosen or Design(imported.config, imported.plan)
    with _about(checkpoint):
        tensors = without_prefix(tensors, NNUNET_MARKS)
        layers = transplant(design.plan, tensors, NNUNET)
    original = nnunet_original(plans, configuration, imported.dataset)
    return _Network(design, NNUNET, layers, tensors, original)


@contextmanager
def _about(checkpoint: Path) -> Iterator[None]:
    """What is refused within is said of the checkpoint."""
    try:
        yield
    except UnetgenError as error:
        raise UnetgenError(f"{checkpoint}: {error}") from None


def _compared(checkpoint: Path, network: _Network) -> tuple[float | None, str | None]:
    """How far the Keras model is from the original, or why that is not known.

    Raises `UnetgenError` where it is too far.
    """
    from unetgen.importing.comparing import largest_difference

    compute, why_not = _loaded(network)
    if compute is None:
        return None, why_not
    with _about(checkpoint):
        difference = largest_difference(network.design.config, network.layers, compute)
    return _small(checkpoint, difference), None


def _small(checkpoint: Path, difference: float) -> float:
    """The difference; raises `UnetgenError` where it is too large."""
    # Not `> LARGEST_DIFFERENCE`: a NaN is not a small difference.
    if not difference <= LARGEST_DIFFERENCE:
        raise UnetgenError(
            f"{checkpoint}: the Keras model's outputs differ from the original's by {difference:.1e} of the "
            f"largest output, more than {LARGEST_DIFFERENCE:.0e}; nothing was written. Is it the config?"
        )
    return difference


def _loaded(network: _Network) -> tuple[Compute | None, str | None]:
    """The original with the checkpoint's tensors, or why it cannot be asked."""
    original = network.original
    if original is None:
        package = "dynamic-network-architectures" if network.family is NNUNET else "monai"
        return None, f"the original network is not installed to compare with (pip install {package})"
    try:
        return original.load(network.tensors), None
    except (AssertionError, NotImplementedError, RuntimeError, TypeError, ValueError) as error:
        # A variant of its own, such as one with other widths: the tensors fit the config all the same.
        reason = first_words(error)
        return None, f"{original.package}'s own network does not take these tensors: {reason}"


def _torch() -> Any:
    return pytorch("reading a checkpoint")


def _read(torch: Any, file: Path) -> Mapping[str, Any]:
    """What the checkpoint holds: tensors and plain data, nothing that runs."""
    require_sound_archive(file)
    try:
        with torch.serialization.safe_globals(_numpy_scalars()):
            held = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise UnetgenError(
            f"{file}: holds more than tensors and plain data, or is not a checkpoint; it is not read, "
            f"because that could run code: {reason}"
        ) from None
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise UnetgenError(f"{file}: cannot be read as a PyTorch checkpoint: {reason}") from None
    if not isinstance(held, Mapping):
        raise UnetgenError(f"{file}: holds no dictionary of tensors (got {type(held).__name__})")
    return held


def _numpy_scalars() -> list[Any]:
    """What nnU-Net's log of losses is made of; NumPy 1 has another name for the first."""
    scalar = np.float32(0).__reduce__()[0]
    kinds = [type(np.dtype(name)) for name in ("float32", "float64", "int32", "int64", "bool")]
    return [scalar, (scalar, "numpy.core.multiarray.scalar"), np.dtype, *kinds]


def _tensors(torch: Any, held: Mapping[str, Any], file: Path) -> Iterator[tuple[str, Array]]:
    """The network's tensors by their names."""
    inner = held
    for _ in HOLDERS:  # one within another, but never without end
        inner = next((inner[key] for key in HOLDERS if isinstance(inner.get(key), Mapping)), inner)
    if not inner or not all(isinstance(value, torch.Tensor) for value in inner.values()):
        raise UnetgenError(f"{file}: holds no tensors under {', '.join(HOLDERS)} or at its top")
    for name, tensor in inner.items():
        if not isinstance(name, str):
            raise UnetgenError(f"{file}: holds a tensor under {shown(name)}; names of tensors are texts")
        if fault := _fault(torch, tensor):
            raise UnetgenError(f"{file}: {shown(name)}: {fault}; save the network's plain tensors")
        exact = tensor.detach().double() if tensor.dtype == torch.float64 else tensor.detach().float()
        yield name, exact.contiguous().numpy()


def _fault(torch: Any, tensor: Any) -> str | None:
    """Why this is not a plain array of numbers that is in the file."""
    if tensor.is_meta:
        return "has no values: it is on the device `meta`"
    if tensor.is_quantized:
        return "is quantized"
    if tensor.layout != torch.strided:
        return f"is sparse ({tensor.layout})"
    if tensor.is_complex():
        return "has complex numbers"
    claimed, held = tensor.numel() * tensor.element_size(), tensor.untyped_storage().nbytes()
    if claimed > held + MAX_EXPANSION:
        return f"claims to have {size_text(claimed)} in {size_text(held)}"
    return None


def _init_args(held: Mapping[str, Any], file: Path) -> tuple[JsonValue, str, JsonValue]:
    """The plans, the configuration's name and the dataset.json that an nnU-Net v2 checkpoint holds."""
    whole = JsonValue(str(file), dict(held)).at("init_args", hint="is it a checkpoint of nnU-Net v2?")
    return whole.at("plans"), whole.at("configuration").text(), whole.at("dataset_json")
