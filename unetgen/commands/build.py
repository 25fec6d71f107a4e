"""`unetgen build`: the compiled Keras model, and the files that reproduce it."""

from __future__ import annotations

import argparse

HELP = "write the compiled Keras model and the files that reproduce it"
COMPUTES = True
"""TensorFlow starts, and has things to say."""
EXAMPLE = """\
examples:
  unetgen build unet3d_depth2 --out out/article
  unetgen build my.yaml depth=4 seed=7 --out out/depth4
  unetgen build unet3d_depth2 --optimize training --out out/faster

files in DIR, all of them or none, others are not touched:
  model.keras            loads with keras.saving.load_model after `import unetgen`;
                         `unzip -p model.keras config.resolved.yaml` shows what it was built from
  config.resolved.yaml   every field said outright; builds the same model again
  unetgen.lock.json      fingerprint, digest, counts, overrides, seed, versions; see `unetgen check`
  summary.txt            what `unetgen show` prints
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unetgen.commands.arguments import add_config, add_optimize, place

    add_config(parser)
    add_optimize(parser)
    parser.add_argument(
        "--out", type=place, metavar="DIR", required=True, help="folder for the files; made if missing"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    from pathlib import Path

    from unetgen.commands.arguments import require_overrides, say, with_optimize
    from unetgen.config.bundled import find
    from unetgen.config.loader import load_design
    from unetgen.model.saving import write_build

    overrides = with_optimize(require_overrides(arguments.overrides), arguments.optimize)
    design = load_design(arguments.config, overrides)
    file, _ = find(arguments.config)
    files = write_build(design, overrides, Path(arguments.out), config_file=file)
    if not arguments.quiet:
        config, plan = design.config, design.plan
        say(f"{config.name}: {plan.params:,} parameters, fingerprint {plan.fingerprint[:12]}")
        for written in files:
            say(f"  {written}")
    return 0
