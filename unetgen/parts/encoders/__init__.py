"""Encoders: networks for image classification in place of the way down: `encoder`."""

from typing import Annotated, get_args

from unetgen.parts.choice import Kinds
from unetgen.parts.encoders.classifiers_resnet import ClassifiersResNet
from unetgen.parts.encoders.convnext import ConvNeXt
from unetgen.parts.encoders.densenet import DenseNet
from unetgen.parts.encoders.efficientnet import EfficientNet
from unetgen.parts.encoders.encoder import Encoder
from unetgen.parts.encoders.keras_resnet_v2 import KerasResNetV2
from unetgen.parts.encoders.mobilenet import MobileNet
from unetgen.parts.encoders.resnet import ResNet
from unetgen.parts.encoders.vgg import VGG

AnyEncoder = ResNet | VGG | MobileNet | EfficientNet | DenseNet | ConvNeXt | ClassifiersResNet | KerasResNetV2
ENCODERS: tuple[type[Encoder], ...] = get_args(AnyEncoder)
EncoderField = Annotated[AnyEncoder, Kinds("encoder", AnyEncoder, base=Encoder)]

__all__ = ["ENCODERS", "AnyEncoder", "EncoderField"]
