"""Write docs/source.md, which shows printed sources as they are today, by ``make docs``."""

from pathlib import Path

from unetgen.config.loader import load_design
from unetgen.emit.source.keras import keras_source
from unetgen.emit.source.torch import torch_source

ROOT = Path(__file__).parents[1]
START = """\
# Source code of a network

```sh
unetgen export CONFIG [k=v ...] --format keras-source --out unet.py
unetgen export CONFIG [k=v ...] --format torch-source --out unet.py
```

write one file that builds the network of a config, as a person would have written it. It imports Keras or
PyTorch and nothing else: not unetgen either. What repeats is a function or a module, found from the
places of the network, and takes what differs. The config is in the docstring, as short as it can be, with
the fingerprint of the network: the docstring's YAML makes the same network again.

- **Keras**: `build_model()` returns a model with the layers of `unetgen build`, under the same names.
  With the same weights its outputs are the same, bit for bit on a CPU. It is compiled where the loss and
  the metrics are Keras's own; where they are not, the docstring of `build_model` says so. The weights
  start from the config's seed, but not with the numbers that `unetgen build` starts from; those are in
  its `model.keras`.
- **PyTorch**: `UNet()` is an `nn.Module`. Its inputs and outputs are channels first, whatever the config
  says. Outputs are Keras's within rounding: where a normalization divides by the spread of a few values,
  rounding is all that they differ in, and may be more than 1e-5. A loss and an optimizer are yours to
  choose. In training there are two differences that no source can take away: PyTorch's running variances
  are divided by n - 1, and its random numbers are others.

How a network is computed is not part of its source: `execution.layout`, `optimize` and `remat` are
refused unless they are at their defaults, and PyTorch sources are float32. Networks with free axes
(`null` in `input.shape`) are printed too. Shapes in comments have no batch.

## With weights

```sh
unetgen export my.yaml --format keras-source --out unet.py --weights trained.keras   # and unet.weights.h5
unetgen export my.yaml --format torch-source --out unet.py --weights trained.keras   # and unet.pt
```

`--weights` writes the weights of a trained model beside the source, for `build_model().load_weights(...)`
or `UNet().load_state_dict(torch.load("unet.pt"))`; the second needs PyTorch (`pip install
'unetgen[torch]'`). A model that went on in PyTorch comes back with

```sh
unetgen import weights unet.pt --from unetgen-torch --config my.yaml --out model.keras
```

which compares the Keras model with the printed module before it writes anything.
"""
SHOWN = ("unet3d_depth2", "attention_unet")
PRINTERS = {"Keras": keras_source, "PyTorch": torch_source}


def page() -> str:
    """The whole page."""
    parts = [START]
    for name in SHOWN:
        for framework, print_source in PRINTERS.items():
            text = print_source(load_design(name, []))
            parts.append(f"## `{name}` in {framework}\n\n```python\n{text}```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    (ROOT / "docs" / "source.md").write_text(page(), encoding="utf-8", newline="\n")
