"""Fields that came after the first digests.

At their default they are not in a digest, so that a config that does not say them keeps the digest it had,
and no lock, table or folder of a sweep loses its meaning. A new field has its row here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LATER: Mapping[tuple[str, str], object] = {
    ("", "encoder"): None,
    ("encoder", "weights"): None,
    ("encoder", "frozen"): None,
    ("encoder", "preprocess"): None,
    ("encoder", "output_stride"): None,
    ("encoder", "dilates"): "from_stride",
    ("encoder", "gives"): "blocks",
    ("input", "reference"): None,
    ("compile", "ignore_class"): None,
    ("tasks", "ignore_class"): None,
    ("add", "place"): "before_block",
    ("decoder", "style"): None,
    ("decoder", "on_bottom"): False,
    ("tasks", "pooling"): "average",
    ("tasks", "hidden"): [],
    ("tasks", "dropout"): 0.0,
    ("binary_crossentropy", "positive_weight"): None,
    ("binary_focal_crossentropy", "positive_weight"): None,
    ("generalized_dice", "class_weights"): None,
    ("huber", "class_weights"): None,
    ("mean_absolute_error", "class_weights"): None,
    ("mean_squared_error", "class_weights"): None,
    ("group", "fallback"): None,
    ("batch", "scale"): None,
    ("batch", "center"): None,
    ("transposed", "output_padding"): None,
    ("linear", "align_corners"): False,
    ("pixel_shuffle", "use_bias"): None,
    ("head", "residual"): None,
    ("head", "upsample"): None,
    ("transposed", "pre_activation"): False,
    ("concat", "take"): "end",
    ("crop", "take"): "end",
    ("add", "take"): "end",
    ("attention", "take"): "end",
    ("attention", "signal_filters"): None,
    ("attention", "use_bias"): None,
    ("attention", "per_channel"): False,
    ("stem", "strides"): None,
    ("stem", "down"): None,
    ("stem", "up"): None,
    ("concat", "squeeze_excitation"): None,
    ("crop", "squeeze_excitation"): None,
    ("conv", "first"): None,
    ("unet", "levels"): None,
    ("aspp", "separable"): False,
    ("aspp", "dropout"): 0.0,
    ("aspp", "refine"): None,
    ("concat", "filters"): None,
    ("crop", "filters"): None,
    **{(kind, "groups"): 1 for kind in ("plain", "residual", "bottleneck", "vnet", "recurrent", "dilated")},
    ("unet_plus_plus", "node_filters"): "decoder",
    ("unet_plus_plus", "order"): "oldest_first",
}
"""The kind that has the field, or the section, and the field; and its default."""


def without_later_fields(data: Any, section: str = "") -> Any:
    """A config's plain data without those of `LATER` that are at their default.

    >>> without_later_fields({"compile": {"ignore_class": None, "jit_compile": "auto"}})
    {'compile': {'jit_compile': 'auto'}}
    """
    if isinstance(data, list):
        return [without_later_fields(item, section) for item in data]
    if not isinstance(data, dict):
        return data
    owners = (data.get("kind", section), section)
    return {
        key: without_later_fields(value, key)
        for key, value in data.items()
        if not any(LATER.get((owner, key), ...) == value for owner in owners)
    }
