"""conv1d: a sliding filter, ``C[b,o,k] = sum(c,i) A[b, c, s*k+d*i-p] * F[o,c,i] + bias[o]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from symconv.layers.common.convolution import Convolution


@dataclass(frozen=True)
class Conv1d(Convolution):
    """Convolution over one axis: cross-correlation, the filter is not rotated.

    ``output[b,o,k] = sum(c,i) input[b, c, s1*k+d1*i-p1] * weight[o,c,i] + bias[o]``; entries outside the input are 0.
    Shapes: input (N, in_channels, L), weight (out_channels, in_channels/groups, kernel), bias (out_channels,).

    Hyper-parameters as torch.nn.Conv1d, except that ``bias`` is False by default; ``padding`` may also be a
    (begin, end) pair an axis. Raises SizeError for sizes that cannot be.
    """

    kind: ClassVar[str] = "conv1d"
    rank: ClassVar[int] = 1
