"""What a printed Keras source defines for itself, because Keras lacks it: the text of each, in small.

They compute what the classes in `unetgen.layers` do, bit for bit, each for one data format. ``FIRST`` stands
for the first spatial axis, ``CHANNELS`` for that of the channels, the batch counted; `LINES` has the
lines that differ more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from unetgen.emit.source.keras_helpers.activations import ACTIVATIONS
from unetgen.emit.source.keras_helpers.attention import ATTENTION, PAIRED
from unetgen.emit.source.keras_helpers.fitting import FITTING
from unetgen.emit.source.keras_helpers.grouped import GROUPED, GROWN
from unetgen.emit.source.keras_helpers.moving import MOVING, SHUFFLED, UNSHUFFLED
from unetgen.emit.source.keras_helpers.resizing import RESIZING
from unetgen.emit.source.keras_helpers.weighted import ATTENDED, CONVOLVED, WEIGHTED

HELPERS: Mapping[str, str] = {
    **RESIZING,
    **FITTING,
    **MOVING,
    **WEIGHTED,
    **GROUPED,
    **ATTENTION,
    **ACTIVATIONS,
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "LinearUpsampling": ("resized", "LinearUpsampling"),
    "LinearResizing": ("resized", "LinearResizing"),
    "LinearResizingLike": ("resized", "LinearResizingLike"),
    "GroupedConvTranspose": ("grown", "GroupedConvTranspose"),
    "ZeroPaddingLike": ("zero_padded", "ZeroPaddingLike"),
    "PaddingToMultiple": ("zero_padded", "PaddingToMultiple"),
}
"""What a helper uses stands before it."""
LINES: Mapping[str, Mapping[str, str]] = {
    "UNSHUFFLED": UNSHUFFLED,
    "SHUFFLED": SHUFFLED,
    "ATTENDED": ATTENDED,
    "PAIRED": PAIRED,
    "GROWN": GROWN,
}


def keras_helpers(names: Iterable[str], data_format: str) -> list[str]:
    """The texts of the helpers of these names, each once, and of those that they use."""
    found = dict.fromkeys(each for name in names for each in NEEDED.get(name, (name,)))
    return [_text(name, data_format) for name in found]


def _text(name: str, data_format: str) -> str:
    if name.startswith("ChannelsFirstConv"):
        layer = name.removeprefix("ChannelsFirst")
        convolved = CONVOLVED["Transpose" if layer.endswith("Transpose") else ""]
        return HELPERS["CONV"].replace("CONVOLVED", convolved).replace("CONV", layer).strip()
    text = HELPERS[name]
    for word, by_format in LINES.items():
        text = text.replace(word, by_format[data_format])
    is_first = data_format == "channels_first"
    text = text.replace("FIRST", "2" if is_first else "1").replace("CHANNELS", "1" if is_first else "-1")
    return text.strip()
