"""What a config's `compile:` section can name: losses, metrics, optimizers, and the section itself."""

from __future__ import annotations

from unetgen.parts.training.context import OutputContext
from unetgen.parts.training.losses import LOSSES
from unetgen.parts.training.metrics import METRICS
from unetgen.parts.training.optimizer import Optimizer
from unetgen.parts.training.training import Training

__all__ = ["LOSSES", "METRICS", "Optimizer", "OutputContext", "Training"]
