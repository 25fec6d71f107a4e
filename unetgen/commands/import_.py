"""`unetgen import`: architectures and trained weights of other packages."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unetgen.importing.nnunet_labels import Dataset

HELP = "configs from nnU-Net's plans, Keras models from files of other programs"
COMPUTES = True
EXAMPLE = """\
examples:
  unetgen import nnunet nnUNetPlans.json --configuration 3d_fullres --dataset-json dataset.json
  unetgen import nnunet nnUNetPlans.json --configuration 2d --channels 1 --classes 3 --out my.yaml
  unetgen import weights checkpoint_final.pth --from nnunet --out model.keras
  unetgen import weights unet.pt --from unetgen-torch --config my.yaml --out model.keras
  unetgen import weights best.pt --from monai --config monai_basic_unet3d num_classes=3 --out model.keras
  unetgen import weights unet.pth --from smp --config smp_unet_resnet34 --out model.keras
  unetgen import weights resnet50.h5 --from keras --config my.yaml --out model.keras
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of both forms."""
    forms = parser.add_subparsers(metavar="WHAT", required=True, dest="what")
    _nnunet(forms.add_parser("nnunet", help="the network of an nnU-Net v2 plans file, as a config"))
    _weights(
        forms.add_parser("weights", help="the trained weights of another program's file, as a Keras model")
    )


def _nnunet(parser: argparse.ArgumentParser) -> None:
    from unetgen.commands.arguments import place, positive

    parser.description = "The architecture that nnU-Net v2 would train, as a config: to stdout, or to --out."
    parser.add_argument("plans", metavar="PLANS", help="nnUNetPlans.json, of the old or the new format")
    parser.add_argument("--configuration", metavar="NAME", required=True, help="such as 2d or 3d_fullres")
    parser.add_argument("--dataset-json", metavar="FILE", help="the data set's dataset.json")
    parser.add_argument(
        "--channels", type=positive, metavar="N", help="channels of the images, in place of that"
    )
    parser.add_argument(
        "--classes", type=positive, metavar="N", help="classes with the background, in place of that"
    )
    parser.add_argument(
        "--regions", action="store_true", help="with --classes: they overlap (sigmoid), without a background"
    )
    parser.add_argument("--name", metavar="NAME", help="name of the config")
    parser.add_argument("--out", type=place, metavar="FILE", help="a .yaml file, in place of stdout")
    parser.set_defaults(form=_run_nnunet)


def _weights(parser: argparse.ArgumentParser) -> None:
    from unetgen.commands.arguments import add_json, place

    parser.description = (
        "The trained weights in a file of another program, in the Keras model of a config: of a whole "
        "network, or (torchvision, keras) of the config's encoder. The file is read as data; the package "
        "that it comes from is needed to compare the two networks."
    )
    parser.add_argument(
        "checkpoint",
        metavar="FILE",
        help="a file that torch.save or safetensors has written; for keras one of Keras's (.keras, .h5)",
    )
    parser.add_argument("overrides", metavar="k=v", nargs="*", help="overrides of --config")
    parser.add_argument(
        "--from",
        dest="source",
        choices=[
            *("nnunet", "monai", "smp", "torchvision", "keras", "pytorch-3dunet", "mednext"),
            "unetgen-torch",
        ],
        required=True,
        help="its origin",
    )
    parser.add_argument(
        "--config", metavar="CONFIG", help="the config; an nnU-Net checkpoint says its own, others need it"
    )
    parser.add_argument("--out", type=place, metavar="FILE", required=True, help="the .keras file")
    parser.add_argument(
        "--unchecked",
        action="store_true",
        help="write the model also where the original network is not installed to compare with, or does not "
        "take the tensors; where the two can be compared they are",
    )
    add_json(parser)
    parser.set_defaults(form=_run_weights)


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    return int(arguments.form(arguments))


def _run_nnunet(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from unetgen.commands.arguments import say
    from unetgen.errors import UnetgenError
    from unetgen.files import publish, unwritable
    from unetgen.importing.json_file import read_json
    from unetgen.importing.nnunet import import_plans
    from unetgen.importing.nnunet_v1 import refuse_v1_plans_file
    from unetgen.importing.yaml_text import config_text

    out = None if arguments.out is None else Path(arguments.out)
    if out is not None and (wrong := unwritable([out], [".yaml"])):
        raise UnetgenError("\n".join(wrong))
    _require_one_source(arguments)
    refuse_v1_plans_file(Path(arguments.plans))
    plans = read_json(Path(arguments.plans))
    dataset = (
        _dataset(arguments) if arguments.dataset_json is None else read_json(Path(arguments.dataset_json))
    )
    name = arguments.name or (None if out is None else out.stem)
    imported = import_plans(plans, arguments.configuration, dataset, name)
    text = config_text(imported.data, imported.header)
    if out is None:
        say(text.rstrip("\n"))
    else:
        publish({out: text.encode()})
    return 0


def _require_one_source(arguments: argparse.Namespace) -> None:
    """A dataset.json says all that the three options say, so that they would do nothing beside it."""
    from unetgen.errors import UnetgenError

    given = {
        "--channels": arguments.channels is not None,
        "--classes": arguments.classes is not None,
        "--regions": arguments.regions,
    }
    ignored = [option for option, is_given in given.items() if is_given]
    if arguments.dataset_json is not None and ignored:
        raise UnetgenError(
            f"--dataset-json says the channels and the classes: leave out {', '.join(ignored)}, or leave "
            "out --dataset-json"
        )


def _dataset(arguments: argparse.Namespace) -> Dataset | None:
    from unetgen.importing.nnunet_labels import Dataset

    if arguments.channels is None or arguments.classes is None:
        return None
    return Dataset(arguments.channels, arguments.classes, arguments.regions)


def _run_weights(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from unetgen.commands.arguments import print_json, require_overrides, say
    from unetgen.importing.checkpoint import import_weights

    imported = import_weights(
        Path(arguments.checkpoint),
        arguments.source,
        arguments.config,
        require_overrides(arguments.overrides),
        Path(arguments.out),
        unchecked=arguments.unchecked,
    )
    if arguments.json:
        print_json(imported.as_dict())
    else:
        say(imported.as_text())
    return 0
