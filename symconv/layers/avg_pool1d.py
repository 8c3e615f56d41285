"""avg_pool1d: the mean of a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from symconv.layers.common.avg_pooling import AvgPooling


@dataclass(frozen=True)
class AvgPool1d(AvgPooling):
    """``output[b,c,p] = sum(i) input[b, c, s1*p+i-p1] / divisor[p]``.

    The divisor is the number of entries of the window inside the padded input (``count_include_pad``, the default) or
    inside the input; ``divisor_override`` puts a number in its place. Hyper-parameters as torch.nn.AvgPool1d (which
    has no ``divisor_override``), ``padding`` at most half the kernel on each side.

    Raises SizeError for sizes that cannot be.
    """

    kind: ClassVar[str] = "avg_pool1d"
    rank: ClassVar[int] = 1
