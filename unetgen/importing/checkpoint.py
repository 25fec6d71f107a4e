"""`unetgen import weights`: a file of another program in, a Keras model with its weights out.

The file is read as data: nothing in it runs, and PyTorch is not needed for that. Where the package that the
network comes from is installed, the original is built and both compute on one input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unetgen.config.loader import load_design
from unetgen.errors import UnetgenError, shown
from unetgen.files import unwritable
from unetgen.importing import encoders, mednext_weights, nnunet_weights, own_source, pytorch_3dunet, smp
from unetgen.importing.monai import monai_network
from unetgen.importing.network import Asked, Network, Source
from unetgen.importing.originals import Compute, first_words
from unetgen.shell import install

LARGEST_DIFFERENCE = 1e-3
"""Above it nothing is written: float32 networks agree to 1e-5, a wrong layer makes a difference of 0.1."""
SOURCES: Mapping[str, Source] = {
    "nnunet": nnunet_weights.nnunet_network,
    "monai": monai_network,
    "smp": smp.smp_network,
    "torchvision": encoders.torchvision_network,
    "keras": encoders.keras_network,
    "pytorch-3dunet": pytorch_3dunet.pytorch_3dunet_network,
    "mednext": mednext_weights.mednext_network,
    own_source.NAME: own_source.own_network,
}
"""By what a file's origin is called."""
MOST_NAMES = 4


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
    left_out: tuple[str, ...]
    """What the file has beside the network's weights."""
    drawn: int
    """Parameters that no weight of the file is for: they start as the config's seed says."""

    def as_dict(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return asdict(self) | {"left_out": list(self.left_out)}

    def as_text(self) -> str:
        """As people read it."""
        filled = self.params - self.drawn
        lines = [f"{self.file}: {self.config}, {filled:,} parameters from {self.family}"]
        if self.drawn:
            lines.append(f"not in the file: {self.drawn:,} parameters, which start as the config's seed says")
        if self.left_out:
            lines.append(f"left out: {_few(self.left_out)}")
        if self.difference is None:
            lines.append(f"not checked: {self.not_checked}")
        else:
            lines.append(
                f"checked with {self.checked_with}: the outputs on one input differ by at most "
                f"{self.difference:.1e} of the largest"
            )
        return "\n  ".join(lines)


def _few(names: Sequence[str]) -> str:
    more = f", and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(map(shown, names[:MOST_NAMES])) + more


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
    asked = Asked(checkpoint, None if config is None else load_design(config, overrides), out.stem)
    with _about(checkpoint):
        network = SOURCES[source](asked)
        package, difference, why_not = _compared(network)
    if why_not is not None and not unchecked:
        raise UnetgenError(
            f"{checkpoint}: nothing was written, because {why_not}; --unchecked writes it anyway"
        )
    from unetgen.model.saving import write_model

    design = network.design
    write_model(design, network.layers, out)
    plan = design.plan
    others = [node for node in plan.nodes if node.name not in network.layers]
    drawn = sum(weight.size for node in others for weight in plan.weights(node))
    names = (str(out), design.config.name, network.family, plan.params, plan.fingerprint)
    return ImportedWeights(*names, package, difference, why_not, network.left_out, drawn)


@contextmanager
def _about(checkpoint: Path) -> Iterator[None]:
    """What is refused within is said of the checkpoint."""
    try:
        yield
    except UnetgenError as error:
        text = str(error)
        raise UnetgenError(text if text.startswith(str(checkpoint)) else f"{checkpoint}: {text}") from None


def _compared(network: Network) -> tuple[str | None, float | None, str | None]:
    """The package of the original and how far the Keras model is from it, or why that is not known.

    Raises `UnetgenError` where it is too far.
    """
    compute, why_not = _loaded(network)
    if compute is None or isinstance(network.original, str):
        return None, None, why_not
    difference = network.difference(compute)
    # Not `> LARGEST_DIFFERENCE`: a NaN is not a small difference.
    if not difference <= LARGEST_DIFFERENCE:
        raise UnetgenError(
            f"the Keras model's outputs differ from the original's by {difference:.1e} of the "
            f"largest output, more than {LARGEST_DIFFERENCE:.0e}; nothing was written. Is it the config?"
        )
    return network.original.package, difference, None


def _loaded(network: Network) -> tuple[Compute | None, str | None]:
    """The original with the checkpoint's tensors, or why it cannot be asked."""
    original = network.original
    if isinstance(original, str):
        return None, f"the original network is not installed to compare with ({install(original)})"
    try:
        return original.load(network.tensors), None
    except (AssertionError, NotImplementedError, RuntimeError, TypeError, ValueError, KeyError) as error:
        # A variant of its own, such as one with other widths: the tensors fit the config all the same.
        reason = first_words(error)
        return None, f"{original.package}'s own network does not take these tensors: {reason}"
