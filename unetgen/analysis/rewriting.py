"""What the rewrites of a plan save, each and all together."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from unetgen.analysis.memory import Memory
from unetgen.plan.graph import Plan
from unetgen.rewrites.manager import Rewritten
from unetgen.rewrites.rewrite import Guarantee


@dataclass(frozen=True)
class RewriteGain:
    """One kind of rewrite: how often it was taken, and what that saved for one sample."""

    name: str
    guarantee: Guarantee
    times: int
    macs_saved: int
    elements_saved: int


@dataclass(frozen=True)
class Totals:
    """A plan before or after; `train_bytes` is None of a model for inference, which is not trained."""

    layers: int
    params: int
    macs: int
    inference_bytes: int
    train_bytes: int | None

    @classmethod
    def of(cls, plan: Plan, needs: Memory, purpose: str) -> Totals:
        """Those of `plan`, which needs so much memory."""
        train_bytes = needs.train_bytes if purpose == "training" else None
        return cls(len(plan.nodes), plan.params, plan.macs, needs.inference_bytes, train_bytes)

    def as_json(self) -> dict[str, int]:
        """Without what there is not."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Gains:
    """What rewriting a plan for `purpose` saves; bytes are those of `batch` samples."""

    purpose: str
    batch: int
    guarantee: Guarantee
    rewrites: tuple[RewriteGain, ...]
    before: Totals
    after: Totals

    def as_json(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return {
            "for": self.purpose,
            "batch": self.batch,
            "guarantee": self.guarantee,
            "rewrites": [asdict(rewrite) for rewrite in self.rewrites],
            "before": self.before.as_json(),
            "after": self.after.as_json(),
        }


def gains_of(computed: Rewritten, before: Memory, after: Memory, purpose: str, batch: int = 1) -> Gains:
    """What the way to `computed` saves; `before` and `after` are what the two plans need."""
    taken = Counter(step.rewrite for step in computed.steps)
    return Gains(
        purpose,
        batch,
        computed.guarantee,
        tuple(
            RewriteGain(
                rewrite.name,
                rewrite.guarantee,
                times,
                sum(step.gain.macs for step in computed.steps if step.rewrite is rewrite),
                sum(step.gain.elements for step in computed.steps if step.rewrite is rewrite),
            )
            for rewrite, times in taken.items()
        ),
        Totals.of(computed.original, before, purpose),
        Totals.of(computed.plan, after, purpose),
    )
