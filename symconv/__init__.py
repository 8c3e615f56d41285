"""symconv: symbolic derivation and code generation for backpropagation in CNNs.

The public names are loaded when they are asked for, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from symconv.errors import SymconvError
    from symconv.layers.conv2d import Conv2d
    from symconv.layers.flatten import Flatten
    from symconv.layers.linear import Linear
    from symconv.layers.max_pool2d import MaxPool2d
    from symconv.layers.mse import MSELoss
    from symconv.layers.relu import ReLU
    from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
    from symconv.pipeline import build, derive, generate, hessian_product, kernel, load

__all__ = [
    "Conv2d",
    "CrossEntropyLoss",
    "Flatten",
    "Linear",
    "MSELoss",
    "MaxPool2d",
    "ReLU",
    "SymconvError",
    "__version__",
    "build",
    "derive",
    "generate",
    "hessian_product",
    "kernel",
    "load",
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
