"""pointwise: the summand over the whole domain at once, taps in loops, then a sum over what is bound."""

from __future__ import annotations

import sympy as sp

from symconv.backends.vectorise.nest import Access, Nest
from symconv.backends.vectorise.region import Region, choose_loops
from symconv.backends.vectorise.result import Result
from symconv.backends.vectorise.scalar import Scalar
from symconv.backends.vectorise.text import grouped, scaled
from symconv.backends.vectorise.writer import Writer
from symconv.notation.tensor import Tensor


def region_of(nest: Nest, writer: Writer, loops: tuple[str, ...], *, bound_last: bool) -> Region:
    """The region of a nest inside these loops.

    The free indices come in the order of the target, the bound ones last or where the first access has them.
    """
    used = {z for a in nest.reads.values() for z in a.names} | {z for _, f in nest.selections for z in f.names}
    free = tuple(z for z in nest.free if z not in loops)
    bound = tuple(z for z in nest.extents if z in nest.bound and z not in loops and z in used)
    domain = free + bound
    if bound and not bound_last:
        first = tuple(z for z in next(iter(nest.reads.values())).names if z not in loops)
        if set(first) == set(domain) and tuple(z for z in first if z in free) == free:
            domain = first
    return Region(nest, writer, loops, domain)


def value(nest: Nest, region: Region, tensors: dict[str, Tensor], summand: sp.Expr) -> str:
    """The summand at every point of the region, 0 where a selection says no.

    A selection chooses between the value and 0 and never multiplies: 0 times inf or NaN would not be 0.
    """
    writer = region.writer
    text = Scalar(writer, tensors, lambda e: region.aligned(nest.reads[e], nest.reads[e].tensor)).text(summand)
    if nest.selections:
        tests = [
            f"{region.aligned(a, a.tensor)} == {region.number(f, region.domain)}" for a, f in nest.selections
        ]
        mask = tests[0] if len(tests) == 1 else " & ".join(f"({t})" for t in tests)
        text = f"np.where({mask}, {text}, {writer.real(0)})"
    return text


def add(nest: Nest, writer: Writer, result: Result, tensors: dict[str, Tensor]) -> bool:
    """Print the Term; False (and nothing printed) when its accesses cannot be slices."""
    loops = choose_loops(nest, (nest.at, *nest.reads.values()), tuple(nest.extents))
    if loops is None:
        return False
    region = region_of(nest, writer, loops, bound_last=False)
    if region.empty:
        result.zeros()
        return True
    summed = tuple(z for z in region.domain if z in nest.bound)
    absent = tuple(z for z in nest.bound if z not in region.domain and z not in region.loops)
    whole = region.uncut and result.covers(nest)
    if whole and not result.exists and not summed and not absent and _fresh(nest, region):
        result.define(value(nest, region, tensors, nest.summand), nest.at.shape)
        return True
    if not whole:
        result.zeros()
    with region.inside():
        for z in absent:
            region.skip_empty(z)
        coefficient, rest = nest.summand.as_coeff_Mul() if summed or absent else (sp.Integer(1), nest.summand)
        text = value(nest, region, tensors, rest)
        if summed:
            text = f"{grouped(text)}.sum({axes(summed, region.domain)})"
        for z in absent:
            text = f"{grouped(text)} * {writer.real(region.count(z))}"
        result.store(scaled(text, int(coefficient.p), int(coefficient.q), writer.dtype), region, whole=whole)
    return True


def _fresh(nest: Nest, region: Region) -> bool:
    """Whether the value is a new array in the order of the target: computed, from whole arrays, over every index."""
    accesses: list[Access] = list(nest.reads.values())
    computed = not isinstance(nest.summand, sp.Indexed) or bool(nest.selections)
    if not computed or not all(a.whole(nest.extents) for a in accesses):
        return False
    places = [[region.domain.index(z) for z in a.names] for a in accesses]
    seen = {z for a in accesses for z in a.names} | {z for _, f in nest.selections for z in f.names}
    return all(p == sorted(p) for p in places) and seen == set(region.domain) and bool(region.domain)


def axes(summed: tuple[str, ...], domain: tuple[str, ...]) -> str:
    """The axes to reduce, counted from the last; nothing when that is all."""
    if set(summed) == set(domain):
        return ""
    places = [domain.index(z) - len(domain) for z in summed]
    return str(places[0]) if len(places) == 1 else f"({', '.join(map(str, places))})"
