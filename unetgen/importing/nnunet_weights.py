"""Checkpoints of nnU-Net v2, which say their own configs."""

from __future__ import annotations

from functools import partial

from unetgen.config.design import Design
from unetgen.importing.comparing import largest_difference
from unetgen.importing.families import NNUNET, NNUNET_MARKS
from unetgen.importing.json_file import JsonValue
from unetgen.importing.network import Asked, Network
from unetgen.importing.nnunet import import_plans
from unetgen.importing.nnunet_v1 import refuse_v1_checkpoint
from unetgen.importing.originals import nnunet_original
from unetgen.weights.prefixes import without_prefix
from unetgen.weights.state_dict import read_checkpoint
from unetgen.weights.transplant import transplant


def nnunet_network(asked: Asked) -> Network:
    """The network of the plans in the checkpoint, or of a config that is named."""
    checkpoint = read_checkpoint(asked.file)
    refuse_v1_checkpoint(checkpoint.tensors, checkpoint.held, asked.file)
    whole = JsonValue(str(asked.file), checkpoint.held)
    said = whole.at("init_args", hint="is it a checkpoint of nnU-Net v2?")
    plans, configuration = said.at("plans"), said.at("configuration").text()
    imported = import_plans(plans, configuration, said.at("dataset_json"), asked.name)
    design = asked.design or Design(imported.config, imported.plan)
    tensors = without_prefix(checkpoint.tensors, NNUNET_MARKS)
    layers = transplant(design.plan, tensors, NNUNET)
    original = nnunet_original(plans, configuration, imported.dataset)
    difference = partial(largest_difference, design.config, layers)
    return Network(design, NNUNET.name, layers, tensors, original, difference)
