"""symconv: symbolic derivation and code generation for backpropagation in CNNs.

The public names are loaded when they are asked for, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from symconv.errors import SymconvError
    from symconv.layers.add import Add
    from symconv.layers.avg_pool1d import AvgPool1d
    from symconv.layers.avg_pool2d import AvgPool2d
    from symconv.layers.avg_pool3d import AvgPool3d
    from symconv.layers.batch_norm2d import BatchNorm2d
    from symconv.layers.bias import Bias
    from symconv.layers.concat import Concat
    from symconv.layers.conv1d import Conv1d
    from symconv.layers.conv2d import Conv2d
    from symconv.layers.conv3d import Conv3d
    from symconv.layers.conv_transpose2d import ConvTranspose2d
    from symconv.layers.dropout import Dropout
    from symconv.layers.equation import EquationLayer
    from symconv.layers.flatten import Flatten
    from symconv.layers.gelu import GELU
    from symconv.layers.global_avg_pool2d import GlobalAvgPool2d
    from symconv.layers.layer_norm import LayerNorm
    from symconv.layers.leaky_relu import LeakyReLU
    from symconv.layers.linear import Linear
    from symconv.layers.max_pool1d import MaxPool1d
    from symconv.layers.max_pool2d import MaxPool2d
    from symconv.layers.max_pool3d import MaxPool3d
    from symconv.layers.mse import MSELoss
    from symconv.layers.relu import ReLU
    from symconv.layers.scale import Scale
    from symconv.layers.sigmoid import Sigmoid
    from symconv.layers.softmax import Softmax
    from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
    from symconv.layers.tanh import Tanh
    from symconv.layers.zero_pad2d import ZeroPad2d
    from symconv.pipeline import build, check, derive, generate, hessian_product, kernel, load, verify

__all__ = [
    "GELU",
    "Add",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BatchNorm2d",
    "Bias",
    "Concat",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "Dropout",
    "EquationLayer",
    "Flatten",
    "GlobalAvgPool2d",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "ReLU",
    "Scale",
    "Sigmoid",
    "Softmax",
    "SymconvError",
    "Tanh",
    "ZeroPad2d",
    "__version__",
    "build",
    "check",
    "derive",
    "generate",
    "hessian_product",
    "kernel",
    "load",
    "verify",
]


def __getattr__(name: str) -> object:
    """A public name when it is first asked for; a layer's class is found by the registry of layers."""
    if name == "SymconvError":
        from symconv.errors import SymconvError

        return SymconvError
    if name in __all__ and name.islower():
        from symconv import pipeline

        return getattr(pipeline, name)
    if name[:1].isupper():
        from symconv.layers.common.registry import classes, layer_class

        if name in (known := classes()):
            return layer_class(known[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
