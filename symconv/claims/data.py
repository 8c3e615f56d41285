"""Formulas of others as data: what they say, how often, and the TeX as it was printed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from symconv.errors import ModelError, show


@dataclass(frozen=True, slots=True)
class Ref:
    """A tensor, or its entry ``at``: numbers, or names of indices. A scalar is its own entry."""

    name: str
    at: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivative:
    """``d of / d by``: one number for two entries, all of them for two tensors."""

    of: Ref
    by: Ref


Factor = Ref | Derivative
Product = tuple[Factor, ...]
Products = tuple[Product, ...]
"""A sum of products; the empty sum is 0."""


@dataclass(frozen=True, slots=True)
class Name:
    """A quantity that is named beside a formula; nothing is said about it."""

    of: Factor


@dataclass(frozen=True, slots=True)
class Chain:
    """``left = factor x factor x …`` between whole tensors."""

    left: Derivative
    factors: Product


@dataclass(frozen=True, slots=True)
class Sum:
    """``left = product + product + …`` between entries; with ``dots`` the products are the first of the sum."""

    left: Factor
    terms: Products
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Maximum:
    """``left = d/d by max(candidates) * through = value`` while ``winner`` is the largest candidate."""

    left: Derivative
    by: Ref
    candidates: tuple[Ref, ...]
    through: Derivative
    value: Products
    winner: Ref


@dataclass(frozen=True, slots=True)
class Convolution:
    """``left = Convolution(image, kernel)`` between whole tensors."""

    left: Derivative
    image: Ref
    kernel: Derivative


@dataclass(frozen=True, slots=True)
class IndexSum:
    """``left = sum over the indices of start, from the number given, of the product of the factors``."""

    left: Derivative
    start: tuple[tuple[str, int], ...]
    factors: Product


Claim = Name | Chain | Sum | Maximum | Convolution | IndexSum


@dataclass(frozen=True, slots=True)
class Mark:
    """Entries that were printed in another way: one entry, or every entry of a tensor."""

    style: Literal["red", "bold"]
    entry: Ref


@dataclass(frozen=True, slots=True)
class Formula:
    """A displayed formula: its TeX, how often it occurs, and the claims that stand in it side by side."""

    id: str
    count: int
    tex: str
    parts: tuple[Claim, ...]
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table of all entries of a tensor, one a cell."""

    id: str
    count: int
    of: Derivative
    tex: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[Factor, ...], ...]


@dataclass(frozen=True, slots=True)
class Mask:
    """A table that says what every entry of ``of`` is; a cell that was left empty (None) says nothing.

    The cells that are not 0 stand at the entries that win their windows.
    """

    id: str
    count: int
    of: Derivative
    tex: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[Products | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Image:
    """Numbers that were printed for a tensor."""

    id: str
    count: int
    name: str
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """The winners of all windows, window by window in row-major order, shown together with an image."""

    id: str
    image: str
    winners: tuple[Ref, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameters:
    """A sentence that lists the parameters of the model."""

    id: str
    count: int
    tex: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Everything that one source says."""

    name: str
    formulas: tuple[Formula, ...]
    matrices: tuple[Matrix, ...]
    masks: tuple[Mask, ...]
    images: tuple[Image, ...]
    patterns: tuple[Pattern, ...]
    statements: tuple[Parameters, ...]

    def image(self, id: str) -> Image:
        """The image of that id."""
        return next(i for i in self.images if i.id == id)


# ------------------------------------------------------------------ reading


def read(text: str, *, where: str) -> Source:
    """The source that a TOML text describes; raises ModelError for a text that is not one."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelError(where, str(error), "correct the TOML") from None
    try:
        return Source(
            found["name"],
            tuple(map(_formula, found["formula"])),
            tuple(map(_matrix, found["matrix"])),
            tuple(map(_mask, found["mask"])),
            tuple(Image(i["id"], i["count"], i["name"], _rows(i["rows"], int)) for i in found["image"]),
            tuple(
                Pattern(p["id"], p["image"], tuple(map(_ref, p["winners"])), tuple(p["shown"]))
                for p in found["pattern"]
            ),
            tuple(
                Parameters(s["id"], s["count"], tuple(s["tex"]), tuple(s["parameters"])) for s in found["statement"]
            ),
        )
    except KeyError as error:
        raise ModelError(where, f"key {error} is missing or unknown", "see the entries beside it") from None


def _ref(given: Sequence[Any]) -> Ref:
    return Ref(given[0], tuple(given[1:]))


def _factor(given: Any) -> Factor:
    return _derivative(given) if isinstance(given, dict) else _ref(given)


def _derivative(given: Mapping[str, Any]) -> Derivative:
    return Derivative(_ref(given["d"]), _ref(given["by"]))


def _products(given: Sequence[Sequence[Any]]) -> Products:
    return tuple(tuple(map(_factor, product)) for product in given)


def _rows(given: Sequence[Sequence[Any]], f: Callable[[Any], Any]) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(map(f, row)) for row in given)


KINDS: Mapping[str, Callable[[Mapping[str, Any]], Claim]] = {
    "name": lambda p: Name(_factor(p["of"])),
    "chain": lambda p: Chain(_derivative(p["left"]), tuple(map(_factor, p["factors"]))),
    "sum": lambda p: Sum(_factor(p["left"]), _products(p["terms"]), p.get("dots", False)),
    "maximum": lambda p: Maximum(
        _derivative(p["left"]),
        _ref(p["by"]),
        tuple(map(_ref, p["candidates"])),
        _derivative(p["through"]),
        _products(p["value"]),
        _ref(p["winner"]),
    ),
    "convolution": lambda p: Convolution(_derivative(p["left"]), _ref(p["image"]), _derivative(p["kernel"])),
    "index_sum": lambda p: IndexSum(
        _derivative(p["left"]), tuple(p["start"].items()), tuple(map(_factor, p["factors"]))
    ),
}
"""How each kind of claim is read from its table."""


def _formula(given: Mapping[str, Any]) -> Formula:
    mark = given.get("mark")
    return Formula(
        given["id"],
        given["count"],
        given["tex"],
        tuple(KINDS[part["kind"]](part) for part in given["part"]),
        mark and Mark(mark["style"], _ref(mark["entry"])),
    )


def _matrix(given: Mapping[str, Any]) -> Matrix:
    return Matrix(
        given["id"], given["count"], _derivative(given["of"]), _rows(given["tex"], str), _rows(given["cells"], _factor)
    )


def _mask(given: Mapping[str, Any]) -> Mask:
    def cell(value: Any) -> Products | None:
        if value == "":
            return None
        if value == 0:
            return ()
        if isinstance(value, list):
            return ((_ref(value),),)
        raise ModelError(given["id"], f"cell {show(value)} is not 0, empty or an entry", "correct the table")

    return Mask(
        given["id"], given["count"], _derivative(given["of"]), _rows(given["tex"], str), _rows(given["cells"], cell)
    )
