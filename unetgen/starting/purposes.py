"""Purposes: what a network is to be used for, and what follows from that alone."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Reasoned:
    """The value of a field as YAML, and why it is that one."""

    value: str
    reason: str


BATCH = Reasoned(
    "{kind: batch, momentum: 0.9}",
    "batches of 4 or more, else `instance` or `group`; 0.9 settles in some 50 steps, Keras's 0.99 in 500",
)
"""With 0.99 the statistics of a short training are those of its first steps, and predictions of no use."""
INSTANCE = Reasoned("{kind: instance, epsilon: 1.0e-5}", "for batches of 1 or 2; others: `group`, `batch`")
NORMS = {3: INSTANCE}
"""By the number of axes; others have batch normalization."""
KERNELS = {1: Reasoned("9", "9 points show the shape of a wave; along one axis, cheap")}
"""By the number of axes; others have 3, the language's own default."""
MOST_FILTERS = {1: 512, 2: 512, 3: 320}
"""Where the doubling of filters ends, by the number of axes, as in nnU-Net."""
MAX_POOL = Reasoned("max_pool", "has no weights; `strided_conv` learns them")
TRANSPOSED = Reasoned("transposed", "learns its weights; `nearest` and `linear` have none")
ADAM = Reasoned(
    "{kind: adam, learning_rate: 0.001}", "Adam's usual rate; a run can lower it (`fit.schedule`)"
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose: its words, and the choices that it makes."""

    name: str
    subject: str
    """What the images show."""
    dims: int
    """Spatial axes, unless somebody says otherwise."""
    channels: int
    """Of the input, unless somebody says otherwise."""
    channels_are: str
    most_levels: int = 5
    base_filters: int = 32
    activation: Reasoned | None = None
    """None: relu, which is the language's own default."""
    norm: Reasoned | None = None
    """None: as `NORMS` has it."""
    down: Reasoned = MAX_POOL
    up: Reasoned = TRANSPOSED
    optimizer: Reasoned = ADAM
    has_classes: bool = True
    """Whether it tells classes apart; otherwise it puts out as many values as it takes in."""
    advice: str | None = None
    """One more line of the file's header."""

    def norm_of(self, dims: int) -> Reasoned:
        """The norm of a network of so many axes."""
        return self.norm or NORMS.get(dims, BATCH)


_EVERY = (
    Purpose(
        "microscopy", "cells, nuclei, tissue", dims=2, channels=1,
        channels_are="one for each dye; 3 for a stained section in colour",
    ),
    Purpose(
        "medical", "CT, MR, ultrasound", dims=3, channels=1,
        channels_are="one for each sequence or modality, such as T1 and FLAIR",
        most_levels=6,
        activation=Reasoned("leaky_relu", "as nnU-Net's; the usual one is `relu`"),
        norm=replace(INSTANCE, reason="as nnU-Net's: each image by itself; or `batch`, `group`"),
        down=Reasoned("strided_conv", "learns its weights, as in nnU-Net; `max_pool` has none"),
        optimizer=Reasoned("{kind: adam, learning_rate: 0.0003}", "nnU-Net: SGD at 0.01, for 1,000 epochs"),
        advice="Once there are images, `unetgen suggest` plans a network for them as nnU-Net does "
        "(suggest.html).",
    ),
    Purpose(
        "photos", "photographs, satellite and aerial images", dims=2, channels=3,
        channels_are="3 for colour, 4 with infrared",
        advice="Few images? `encoder: resnet34` can begin with weights learned from photographs "
        "(encoders.html).",
    ),
    Purpose(
        "signals", "ECG, EEG, sound, any series", dims=1, channels=1,
        channels_are="one for each lead, electrode or microphone",
        most_levels=6, base_filters=16,
    ),
    Purpose(
        "restoration", "denoising, deblurring, one image from another", dims=2, channels=1,
        channels_are="the output has as many",
        most_levels=3, has_classes=False,
        norm=Reasoned("none", "absolute values count here, and norms change them"),
        up=Reasoned("nearest", "no checkerboard, which `transposed` may leave"),
        optimizer=Reasoned("{kind: adam, learning_rate: 0.0004}", "as CARE's; see `unetgen show care`"),
    ),
)  # fmt: skip

PURPOSES = {purpose.name: purpose for purpose in _EVERY}
"""By name, the first being what is taken where nobody says anything."""
USUAL = _EVERY[0]
