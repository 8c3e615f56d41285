"""max_pool1d: the largest entry of a window, ``P[b,c,p] = max(i) C[b, c, s*p+d*i-p1]``, and which one it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from symconv.layers.common.max_pooling import MaxPooling


@dataclass(frozen=True)
class MaxPool1d(MaxPooling):
    """``output[b,c,p] = max(i) input[b, c, s1*p+d1*i-p1]``
    and ``argmax``, the winner's row-major place in its window.

    The first maximum wins, NaN wins over everything (the last NaN), -0.0 equals 0.0; padding is skipped; a window
    without input gives -inf and argmax -1. Hyper-parameters as torch.nn.MaxPool1d, ``padding`` at most half the
    kernel on each side. Raises SizeError for sizes that cannot be.
    """

    kind: ClassVar[str] = "max_pool1d"
    rank: ClassVar[int] = 1
