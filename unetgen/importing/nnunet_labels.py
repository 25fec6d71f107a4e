"""nnU-Net v2's dataset.json: how many channels go in and how many classes come out.

Facts: nnunetv2/utilities/label_handling/label_handling.py. Classes are the labels, or, where any of them is
a region of several labels, the regions without the background, for which nnU-Net uses a sigmoid. The
ignore label is not a class: losses and metrics leave its voxels out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from unetgen.errors import UnetgenError
from unetgen.importing.json_file import JsonValue
from unetgen.importing.nnunet_v1 import refuse_v1_dataset
from unetgen.parts.values import counted


@dataclass(frozen=True)
class Dataset:
    """What a network has to know of its data."""

    channels: int
    """Channels of the network's input, with the one-hot labels of a previous stage."""
    num_classes: int
    regions: bool = False
    """Classes overlap: sigmoid."""
    ignore_label: int | None = None

    @property
    def ignore_class(self) -> int | None:
        """The number that marks ignored voxels in targets: the label, or the next one where a class has it.

        There may be more regions than labels.
        """
        return None if self.ignore_label is None else max(self.ignore_label, self.num_classes)

    def with_previous_labels(self) -> Dataset:
        """The data as a cascade's second stage sees it: the labels of the first are channels too, one-hot.

        Raises `UnetgenError` where it is not known how many these are.
        """
        if self.regions or self.num_classes < 2:
            what = "regions" if self.regions else "one class"
            raise UnetgenError(
                "a cascade's second stage takes the labels of the first as further channels, and "
                f"{what} cannot say how many there are: use --dataset-json FILE"
            )
        return replace(self, channels=self.channels + self.num_classes - 1)


def dataset_of(place: JsonValue, cascade: bool) -> Dataset:
    """The dataset of a dataset.json; a `cascade`'s network sees the previous stage's labels as well."""
    names = place.at("modality") if place.has("modality") else place.at("channel_names")
    channels = len(names.value) if isinstance(names.value, list | dict) else 0
    if not channels:
        names.refuse("must name the channels", got=names.value)
    labels = place.at("labels")
    refuse_v1_dataset(labels)
    ignore = labels.at("ignore").whole(minimum=1) if labels.has("ignore") else None
    values = [_values(labels.at(key)) for key in labels.mapping() if key != "ignore"]
    all_labels = sorted({label for row in values for label in row})
    if not labels.has("background") or _values(labels.at("background")) != (0,):
        labels.refuse("must have a background, which is label 0")
    if ignore is not None and ignore != all_labels[-1] + 1:
        labels.at("ignore").refuse(
            "must be the highest label plus 1", got=ignore, hint=str(all_labels[-1] + 1)
        )
    if cascade:
        channels += len([label for label in all_labels if label])
    if not any(len(row) > 1 for row in values):
        return Dataset(channels, len(all_labels), regions=False, ignore_label=ignore)
    regions = [row for row in values if set(row) != {0}]
    order = place.at("regions_class_order", hint="regions need it")
    if len(order.items()) != len(regions):
        given, wanted = counted(len(order.value), "entry", "entries"), counted(len(regions), "region")
        order.refuse(f"has {given} for {wanted}")
    return Dataset(channels, len(regions), regions=True, ignore_label=ignore)


def _values(place: JsonValue) -> tuple[int, ...]:
    if not isinstance(place.value, list):
        return (place.whole(minimum=0),)
    numbers = tuple(item.whole(minimum=0) for item in place.items())
    if not numbers:
        place.refuse("must be a label or a list of labels", got=place.value)
    return numbers
