"""extremum: max and argmax over the bound indices, as running maxima over taps or along an axis.

The first maximum in row-major order wins, the last NaN wins over everything, -0.0 equals 0.0. Taps without an entry
of the operand are left out by slices and never filled in, so that nothing can win that is not there; where no tap
has an entry the value is -inf and the place -1.
"""

from __future__ import annotations

import sympy as sp

from symconv.backends.vectorise.nest import Form, Nest
from symconv.backends.vectorise.pointwise import axes, region_of, value
from symconv.backends.vectorise.region import LIMIT, Region, choose_loops
from symconv.backends.vectorise.text import grouped, reshape, reshaped, shape_text
from symconv.backends.vectorise.writer import Writer
from symconv.notation.tensor import Tensor


def reduce(
    nest: Nest, writer: Writer, best: Tensor | None, place: Tensor | None, tensors: dict[str, Tensor]
) -> bool:
    """Print the maxima, their places, or both; False when neither pattern fits."""
    if nest.selections or not nest.at.whole(nest.extents):
        return False
    accesses = list(nest.reads.values())
    whole = not nest.ranges and all(a.whole(nest.extents) for a in accesses)
    if whole and {z for a in accesses for z in a.names} >= set(nest.bound):
        _along(nest, region_of(nest, writer, (), bound_last=True), best, place, tensors)
        return True
    # A running maximum meets the candidates one after another, so every bound index is a loop.
    if choose_loops(nest, accesses, nest.bound) is None or nest.size(nest.bound) > LIMIT:
        return False
    _running(nest, region_of(nest, writer, nest.bound, bound_last=True), best, place, tensors)
    return True


def flat(nest: Nest) -> Form:
    """The row-major position of the bound indices."""
    weight, coefficients = 1, []
    for z in reversed(nest.bound):
        coefficients.append((z, weight))
        weight *= nest.extents[z]
    return Form(tuple(coefficients[::-1]), 0)


def _running(
    nest: Nest, region: Region, best: Tensor | None, place: Tensor | None, tensors: dict[str, Tensor]
) -> None:
    writer = region.writer
    if best is not None:
        writer.line(f"{best.name} = np.full({shape_text(best.sizes)}, -np.inf, np.{writer.dtype})")
        top = best.name
    else:
        assert place is not None
        top = writer.let("top", f"np.full({shape_text(place.sizes)}, -np.inf, np.{writer.dtype})")
    if place is not None:
        writer.line(f"{place.name} = np.full({shape_text(place.sizes)}, -1, np.int32)")
    if region.empty:
        return
    cell, high, where, wins = (writer.name(n) for n in ("cell", "high", "where", "wins"))
    with region.inside():
        text = value(nest, region, tensors, nest.summand)
        plain = isinstance(nest.summand, sp.Indexed)  # a strided part that is read several times
        writer.line(f"{cell} = {text}.copy()" if plain else f"{cell} = {text}")
        writer.line(f"{high} = {region.target(nest.at, top)}")
        if place is None:
            writer.line(f"np.maximum({cell}, {high}, out={high})")
            return
        writer.line(f"{where} = {region.target(nest.at, place.name)}")
        writer.line(f"{wins} = ({where} < 0) | ({cell} > {high}) | ({cell} != {cell})")
        writer.line(f"np.maximum({cell}, {high}, out={high})")
        # Places grow from pass to pass, so that the place of a winner is the greatest so far, and the others are -1.
        place_after = flat(nest).plus(1).text(region.locals)
        writer.line(f"np.maximum({where}, {wins} * np.int32({place_after}) - 1, out={where})")


def _along(
    nest: Nest, region: Region, best: Tensor | None, place: Tensor | None, tensors: dict[str, Tensor]
) -> None:
    writer = region.writer
    text = value(nest, region, tensors, nest.summand)
    sizes = tuple(nest.extents[z] for z in region.domain)
    if not _covers(nest, region):
        text = f"np.broadcast_to({text}, {shape_text(sizes)})"
    if place is None:
        assert best is not None
        text = f"{grouped(text)}.max({axes(nest.bound, region.domain)})" if nest.bound else text
        writer.line(f"{best.name} = np.empty({shape_text(best.sizes)}, np.{writer.dtype})")
        writer.line(f"{region.target(nest.at, best.name)} = {text}")
        return
    free = tuple(nest.extents[z] for z in nest.free)
    values = writer.let("values", reshaped(text, sizes, (*free, nest.size(nest.bound))))
    places = f"{writer.use('_place')}({values})"
    writer.line(f"{place.name} = {reshaped(places, free, place.sizes)}")
    if best is not None:
        picked = f"np.take_along_axis({values}, {reshaped(place.name, place.sizes, (*free, 1))}, -1)"
        writer.line(f"{best.name} = {reshape(picked, best.sizes)}")


def _covers(nest: Nest, region: Region) -> bool:
    return {z for a in nest.reads.values() for z in a.names} == set(region.domain)
