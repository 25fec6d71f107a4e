"""Encoders: networks for image classification in place of the way down: `encoder`."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

from unetgen.parts.choice import Kinds
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.homes import Homes

if TYPE_CHECKING:
    from unetgen.parts.encoders.classifiers_resnet import ClassifiersResNet
    from unetgen.parts.encoders.convnext import ConvNeXt
    from unetgen.parts.encoders.densenet import DenseNet
    from unetgen.parts.encoders.efficientnet import EfficientNet
    from unetgen.parts.encoders.keras_resnet_v2 import KerasResNetV2
    from unetgen.parts.encoders.mobilenet import MobileNet
    from unetgen.parts.encoders.resnet import ResNet
    from unetgen.parts.encoders.vgg import VGG

    AnyEncoder: TypeAlias = (
        ResNet | VGG | MobileNet | EfficientNet | DenseNet | ConvNeXt | ClassifiersResNet | KerasResNetV2
    )
else:
    AnyEncoder = Encoder  # each kind is imported when a config names it

ENCODERS: Homes[Encoder] = Homes(
    __name__,
    {
        "resnet": "resnet.ResNet",
        "vgg": "vgg.VGG",
        "mobilenet": "mobilenet.MobileNet",
        "efficientnet": "efficientnet.EfficientNet",
        "densenet": "densenet.DenseNet",
        "convnext": "convnext.ConvNeXt",
        "image_classifiers_resnet": "classifiers_resnet.ClassifiersResNet",
        "keras_resnet": "keras_resnet_v2.KerasResNetV2",
    },
)
EncoderField = Annotated[AnyEncoder, Kinds("encoder", ENCODERS, base=Encoder)]

__all__ = ["ENCODERS", "AnyEncoder", "EncoderField"]
