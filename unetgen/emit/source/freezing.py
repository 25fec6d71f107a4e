"""The lines of a printed source that keep layers from learning, as `encoder.frozen` says."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from unetgen.config.design import Design
from unetgen.emit.source.layout import Bracketed, statement
from unetgen.emit.source.literals import quoted
from unetgen.emit.source.torch_modules import module_paths


def beginnings(chosen: Collection[str], others: Collection[str]) -> list[str]:
    """How the names of all `chosen` begin, and none of the `others`; as short as whole words allow.

    >>> beginnings(["encoder_level1_stem", "encoder_level1_norm"], ["encoder_level2_conv", "head"])
    ['encoder_level1_']
    """
    found: dict[str, None] = {}
    for name in chosen:
        ends = [*(match.end() for match in re.finditer(r"[_.]", name)), len(name)]
        starts = (name[:end] for end in ends)
        found[next((s for s in starts if not any(other.startswith(s) for other in others)), name)] = None
    return list(found)


def keras_freezing(design: Design) -> Iterator[str]:
    """Lines of `build_model`, behind the model and before it is compiled; none where all learns."""
    if not design.frozen:
        return
    plan = design.plan
    others = [node.name for node in plan.nodes if plan.weights(node) and node.name not in design.frozen]
    yield from _named(1, [node.name for node in plan.nodes if node.name in design.frozen], others)
    yield "    for layer in model.layers:"
    yield "        if layer.weights and layer.name.startswith(frozen):"
    yield "            layer.trainable = False"


TORCH_CALLS = (
    "        for module in self.frozen():",
    "            module.requires_grad_(False)",
    "        self.train()",
)
"""The end of a constructor that freezes."""


def torch_freezing(design: Design) -> Iterator[str]:
    """Methods of the network that `TORCH_CALLS` need; none where all learns."""
    if not design.frozen:
        return
    plan, paths = design.plan, module_paths(design.plan)
    with_weights = [node.name for node in plan.nodes if plan.weights(node)]
    others = [paths[name] for name in with_weights if name not in design.frozen]
    yield ""
    yield "    def frozen(self) -> list[nn.Module]:"
    yield '        """List what does not learn."""'
    yield from _named(2, [paths[name] for name in with_weights if name in design.frozen], others)
    yield "        return [each for name, each in self.named_modules() if name.startswith(frozen)]"
    yield ""
    yield '    def train(self, mode: bool = True) -> "UNet":'
    yield '        """Train all but what is frozen, whose norms go on with the statistics that they have."""'
    yield "        super().train(mode)"
    yield "        for module in self.frozen():"
    yield "            module.eval()"
    yield "        return self"


def _named(depth: int, chosen: Collection[str], others: Collection[str]) -> list[str]:
    """``frozen``, the beginnings of the names of what is frozen."""
    names = tuple(map(quoted, beginnings(chosen, others)))
    return statement(depth, "frozen = ", names[0] if len(names) == 1 else Bracketed(names))
