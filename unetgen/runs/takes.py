"""What the images and masks of a run have to be for its network."""

from __future__ import annotations

from unetgen.config.design import Design
from unetgen.data.checking import NetworkTakes


def network_takes(design: Design) -> NetworkTakes:
    """The axes, channels and classes of the network of `design`."""
    config = design.config
    return NetworkTakes(config.dims, config.input.channels, config.num_classes)
