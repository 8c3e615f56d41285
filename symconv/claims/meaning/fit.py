"""Which names of numbered entries could be a convolution's input, filter and output: every choice of a fitting size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from symconv.claims.meaning.models import Known
from symconv.claims.meaning.survey import Survey

MAX_STRIDE = 3


def fits(found: Survey) -> Iterator[Known]:
    """Convolutions between names of entries whose sizes go together; without definitions of their own first."""
    sizes: dict[str, tuple[int, ...]] = {}
    for key, use in found.uses.items():
        name = found.aliases.get(key, key)
        if key in found.losses or key in found.functions or use.rank not in (1, 2) or name in found.deltas:
            continue
        if all(axis in use.digits for axis in range(use.rank)):
            lows = [use.digits[a][0] for a in range(use.rank)]
            if all(low in (0, 1) for low in lows):
                sizes[name] = tuple(use.digits[a][1] - use.digits[a][0] + 1 for a in range(use.rank))
    below = {found.aliases.get(k, k) for k, u in found.uses.items() if u.below}
    for output, image, kernel in permutations(list(sizes)[:6], 3):
        o, x, f = sizes[output], sizes[image], sizes[kernel]
        if not len(o) == len(x) == len(f) or max(x) > 12:
            continue
        if output not in below and output not in found.definitions:
            continue
        if max(f) < 2 or not all(n > k for n, k in zip(x, f, strict=True)):
            continue
        for stride in range(1, MAX_STRIDE + 1):
            if stride > 1 and max(o) == 1:
                break
            if all((m - 1) * stride + k == n for m, k, n in zip(o, f, x, strict=True)):
                for flipped in (False, True):
                    yield Known(
                        f"conv{len(o)}d",
                        ((image, "input"), (kernel, "weight"), (output, "output")),
                        ((image, x), (kernel, f), (output, o)),
                        stride=stride,
                        flipped=flipped,
                    )
