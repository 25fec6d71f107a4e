"""PyTorch modules that nnU-Net's plans name, in the terms of a config.

Defaults are those of PyTorch (torch.nn); what a config cannot say is refused by its name.
"""

from __future__ import annotations

from collections.abc import Mapping

from unetgen.importing.json_file import JsonValue

Options = Mapping[str, tuple[str, object]]
ACTIVATIONS: Mapping[str, tuple[str, Options]] = {
    "ELU": ("elu", {"alpha": ("alpha", 1.0)}),
    "GELU": ("gelu", {}),
    "LeakyReLU": ("leaky_relu", {"negative_slope": ("negative_slope", 0.01)}),
    "Mish": ("mish", {}),
    "ReLU": ("relu", {}),
    "ReLU6": ("relu6", {}),
    "SELU": ("selu", {}),
    "SiLU": ("silu", {}),
    "Sigmoid": ("sigmoid", {}),
    "Tanh": ("tanh", {}),
}
"""By PyTorch's name: ours, and the options as (ours, PyTorch's default)."""


def last_word(name: str) -> str:
    """The class of a dotted path.

    >>> last_word("torch.nn.modules.conv.Conv3d")
    'Conv3d'
    """
    return name.rpartition(".")[2]


def activation_of(named: JsonValue | None, kwargs: JsonValue | None) -> Mapping[str, object]:
    """The config's `activation` for ``nonlin``; without one, linear."""
    if named is None or named.value is None:
        return {"kind": "linear"}
    given = _arguments(kwargs)
    given.pop("inplace", None)
    kind = last_word(named.text())
    if kind not in ACTIVATIONS:
        named.refuse("an activation that is not known here", got=named.value, hint=", ".join(ACTIVATIONS))
    name, options = ACTIVATIONS[kind]
    fields = {
        ours: given.pop(key).number() if key in given else value for key, (ours, value) in options.items()
    }
    _refuse_rest(given, kind)
    return {"kind": name, **fields}


def norm_of(named: JsonValue | None, kwargs: JsonValue | None, dims: int) -> Mapping[str, object]:
    """The config's `norm` for ``norm_op``; without one, none."""
    if named is None or named.value is None:
        return {"kind": "none"}
    given, kind = _arguments(kwargs), last_word(named.text())
    if kind not in (f"InstanceNorm{dims}d", f"BatchNorm{dims}d"):
        hint = f"InstanceNorm{dims}d or BatchNorm{dims}d"
        named.refuse("a norm that is not known here", got=named.value, hint=hint)
    batch = kind.startswith("Batch")
    epsilon = given.pop("eps").number() if "eps" in given else 1e-5
    affine = given.pop("affine").yes() if "affine" in given else batch
    tracked = given.pop("track_running_stats", None)
    if tracked is not None and tracked.yes() != batch:
        tracked.refuse(f"cannot be said of {kind}", got=tracked.value)
    momentum = given.pop("momentum", None)
    _refuse_rest(given, kind)
    if not batch:
        return {"kind": "instance", "epsilon": float(epsilon), "affine": affine}
    share = 0.1 if momentum is None else momentum.number()
    return {"kind": "batch", "epsilon": float(epsilon), "momentum": round(1 - share, 12), "affine": affine}


def dropout_of(named: JsonValue | None, kwargs: JsonValue | None, dims: int) -> Mapping[str, object] | None:
    """The config's `dropout` for ``dropout_op``; without one, or with a rate of 0, None."""
    if named is None or named.value is None:
        return None
    given, kind = _arguments(kwargs), last_word(named.text())
    given.pop("inplace", None)
    if kind not in ("Dropout", f"Dropout{dims}d"):
        named.refuse("a dropout that is not known here", got=named.value, hint=f"Dropout or Dropout{dims}d")
    rate = given.pop("p").number() if "p" in given else 0.5
    _refuse_rest(given, kind)
    return {"kind": "plain" if kind == "Dropout" else "spatial", "rate": rate} if rate else None


def _arguments(kwargs: JsonValue | None) -> dict[str, JsonValue]:
    return {} if kwargs is None or kwargs.value is None else {key: kwargs.at(key) for key in kwargs.mapping()}


def _refuse_rest(given: Mapping[str, JsonValue], kind: str) -> None:
    for place in given.values():
        place.refuse(f"an argument of {kind} that cannot be said", got=place.value)
