"""max_pool3d: the largest entry of a window, ``P[b,c,p,q,r] = max(i,j,h) C[b,c,s*p+d*i-p1,...]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from symconv.layers.common.max_pooling import MaxPooling


@dataclass(frozen=True)
class MaxPool3d(MaxPooling):
    """``output[b,c,p,q,r] = max(i,j,h) input[b, c, s1*p+d1*i-p1, s2*q+d2*j-p2, s3*r+d3*h-p3]``
    and ``argmax``, the winner's row-major place in its window.

    The first maximum wins, NaN wins over everything (the last NaN), -0.0 equals 0.0; padding is skipped; a window
    without input gives -inf and argmax -1. Hyper-parameters as torch.nn.MaxPool3d, ``padding`` at most half the
    kernel on each side. Raises SizeError for sizes that cannot be.
    """

    kind: ClassVar[str] = "max_pool3d"
    rank: ClassVar[int] = 3
