"""contraction: a sum of products that is no matrix product, as one einsum over strided views.

More than two operands, or a bound index of only one of them: what a pointwise product would spread out over the whole
domain before it is summed.
"""

from __future__ import annotations

from symconv.backends.vectorise.factors import deliver, factors
from symconv.backends.vectorise.nest import Nest
from symconv.backends.vectorise.operand import view
from symconv.backends.vectorise.result import Result
from symconv.backends.vectorise.writer import Writer
from symconv.notation.tensor import Tensor

SPREAD = 4
"""How many times the largest operand and the result together the domain must be to make a contraction worth it."""


def add(nest: Nest, writer: Writer, result: Result, tensors: dict[str, Tensor]) -> bool:
    """Print the Term; False when it is no product or when its domain is hardly larger than its operands."""
    found = factors(nest)
    if found is None or not nest.bound:
        return False
    largest = max((nest.size(o.access.names) for o in found.operands if not o.slides(nest)), default=1)
    if nest.size(tuple(nest.extents)) < SPREAD * max(largest, nest.size(nest.free)):
        return False
    letters = {z: chr(ord("a") + n) for n, z in enumerate(nest.extents)}
    spelled = ["".join(letters[z] for z in o.access.names) for o in found.operands]
    order = tuple(z for z in nest.free if z not in found.loops) + found.loops
    arrays = [view(o, nest, writer, tensors) for o in found.operands]
    formula = f"{','.join(spelled)}->{''.join(letters[z] for z in order)}"
    text = f'np.einsum("{formula}", {", ".join(arrays)}, optimize=True)'
    deliver(found, text, order, tuple(nest.extents[z] for z in order), writer, result)
    return True
