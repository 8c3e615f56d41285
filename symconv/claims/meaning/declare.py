"""Declarations: ``input=X 6x6, filter=W 3x3, output=O, loss=L``, in a comment or on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symconv.claims.meaning.models import Known, Stack
from symconv.errors import UsageError, show

ROLES = {
    "input": "input",
    "image": "input",
    "filter": "filter",
    "kernel": "filter",
    "conv_weight": "filter",
    "output": "output",
    "pooled": "pooled",
    "pool": "pooled",
    "weights": "weights",
    "weight": "weights",
    "bias": "bias",
    "loss": "loss",
    "error": "loss",
    "cost": "loss",
    "upstream": "upstream",
    "delta": "upstream",
    "gradient": "upstream",
    "activation": "activation",
    "target": "target",
}
NUMBERS = frozenset(("stride", "padding", "dilation", "base", "rank", "pool_size", "pool_stride"))
CHOICES = {"mode": ("corr", "conv"), "convolution": ("corr", "conv"), "layout": ("column", "row", "nchw")}
_NAME = re.compile(r"\\?[A-Za-z][A-Za-z0-9_']{0,30}")
_SHAPE = re.compile(r"\d{1,4}(?:\s*[x×*]\s*\d{1,4})*")
MAX_SIDE = 64


@dataclass(frozen=True)
class Declaration:
    """What has been declared: names by role, shapes by name, numbers by what they are of."""

    roles: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    mode: str | None = None
    texts: tuple[str, ...] = ()

    def over(self, other: Declaration) -> Declaration:
        """This with what another one says where this says nothing."""
        return Declaration(
            {**other.roles, **self.roles},
            {**other.shapes, **self.shapes},
            {**other.numbers, **self.numbers},
            self.mode or other.mode,
            (*self.texts, *(t for t in other.texts if t not in self.texts)),
        )


def parse(text: str, where: str) -> Declaration:
    """What a declaration says; raises UsageError for what it may not say.

    >>> parse("input=X 6x6, filter=W 3x3, base=1", "note").shapes
    {'X': (6, 6), 'W': (3, 3)}
    """
    roles: dict[str, str] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    numbers: dict[str, int] = {}
    mode: str | None = None
    if len(text) > 2000:
        raise UsageError(where, "the declaration is longer than 2000 characters", "shorten it")
    for part in _parts(text):
        key, equals, value = (s.strip() for s in part.partition("="))
        key = key.lower().replace("-", "_")
        if not equals or not value:
            raise UsageError(where, f"{show(part)} is no declaration", "write it as input=X 6x6")
        if key in NUMBERS:
            if not re.fullmatch(r"\d{1,3}", value) or (key == "base" and value not in ("0", "1")):
                raise UsageError(where, f"{key} is {show(value)}", "give a small whole number (base: 0 or 1)")
            if key == "stride" and value == "0":
                raise UsageError(where, "stride is 0", "give 1 or more")
            numbers[key] = int(value)
        elif key in CHOICES:
            if value.lower() not in CHOICES[key]:
                raise UsageError(where, f"{key} is {show(value)}", f"choose one of {', '.join(CHOICES[key])}")
            mode = value.lower() if key in ("mode", "convolution") else mode
        elif key in ROLES:
            name, shape = _named(value, where)
            roles[ROLES[key]] = name
            if shape:
                shapes[name] = shape
        elif _NAME.fullmatch(key) and re.fullmatch(r"\d{1,9}", value):
            numbers[f"size:{part.partition('=')[0].strip()}"] = int(value)
        else:
            known = ", ".join(sorted({*ROLES, *NUMBERS, *CHOICES}))
            raise UsageError(where, f"{show(key)} cannot be declared", f"declare one of {known}")
    return Declaration(roles, shapes, numbers, mode, (text.strip(),))


def _parts(text: str) -> Iterator[str]:
    for part in re.split(r"[,;]", text):
        if part.strip():
            yield part.strip()


def _named(value: str, where: str) -> tuple[str, tuple[int, ...]]:
    name, _, rest = value.partition(" ")
    if not _NAME.fullmatch(name):
        raise UsageError(where, f"{show(value)} is no name", "give a letter, as input=X 6x6")
    shape: tuple[int, ...] = ()
    if rest.strip():
        if not _SHAPE.fullmatch(rest.strip()):
            raise UsageError(where, f"{show(rest.strip())} is no shape", "give sizes, as 6x6")
        shape = tuple(int(n) for n in re.split(r"\s*[x×*]\s*", rest.strip()))
        if any(not 1 <= n <= MAX_SIDE for n in shape) or len(shape) > 4:
            raise UsageError(
                where, f"the shape {show(rest.strip())} is too large or has a 0", f"give sizes up to {MAX_SIDE}"
            )
    return name.lstrip("\\"), shape


_COMMENT = re.compile(r"^\s*symconv\s*:(.*)$", re.DOTALL)


def in_comment(text: str, where: str) -> Declaration | None:
    """The declaration that a comment is; None for any other comment."""
    match = _COMMENT.match(text)
    return parse(match[1], where) if match else None


def stack(declared: Declaration, seen: Mapping[str, tuple[int, ...]]) -> Stack | None:
    """The layers that the declared roles make; ``seen`` are shapes that the note shows. None when sizes are missing."""
    roles = declared.roles
    shapes = {**seen, **declared.shapes}
    layers: list[Known] = []
    stride, padding = declared.numbers.get("stride", 1), declared.numbers.get("padding", 0)
    image, kernel, output = roles.get("input"), roles.get("filter"), roles.get("output")
    if image and kernel and output and image in declared.shapes and kernel in declared.shapes:
        x, f = shapes[image], shapes[kernel]
        if len(x) == len(f) in (1, 2):
            o = tuple((n + 2 * padding - k) // stride + 1 for n, k in zip(x, f, strict=True))
            if min(o) < 1:
                raise UsageError(
                    "declaration", f"the filter {kernel} is larger than the input {image}", "correct the sizes"
                )
            if shapes.get(output, o) != o and output in declared.shapes:
                raise UsageError(
                    "declaration",
                    f"{output} is declared {_by(shapes[output])}, and follows to be {_by(o)}",
                    "correct the sizes, the stride or the padding",
                )
            layers.append(
                Known(
                    f"conv{len(x)}d",
                    ((image, "input"), (kernel, "weight"), (output, "output")),
                    ((image, x), (kernel, f), (output, o)),
                    stride,
                    padding,
                )
            )
            shapes[output] = o
    pooled = roles.get("pooled")
    if pooled and output and output in shapes:
        o = shapes[output]
        size = declared.numbers.get("pool_size", 0)
        if pooled in declared.shapes and not size:
            size = o[0] // declared.shapes[pooled][0]
        size = size or 2
        p = tuple(n // size for n in o)
        if min(p) >= 1:
            layers.append(
                Known(
                    f"max_pool{len(o)}d",
                    ((output, "input"), (pooled, "output")),
                    ((output, o), (pooled, p)),
                    declared.numbers.get("pool_stride", size),
                )
            )
    return Stack(tuple(layers)) if layers else None


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def sizes(declared: Declaration) -> dict[str, Fraction]:
    """Sizes that are declared by their letters."""
    return {k.removeprefix("size:"): Fraction(v) for k, v in declared.numbers.items() if k.startswith("size:")}


_LOOSE_LOSS = re.compile(r"\b(?:loss|cost|error)\s+(?:function\s+)?\$?([A-Z]|\\mathcal\{?[A-Z]\}?)\b")
_LOOSE_BASE = re.compile(r"\b([01])-based\b|ind(?:ex|ices)\w*\s+(?:start\w*\s+)?(?:from|at)\s+([01])\b")


def loosely(text: str) -> Declaration:
    """What a comment says in words: the loss's letter, where indices begin."""
    roles: dict[str, str] = {}
    numbers: dict[str, int] = {}
    loss = _LOOSE_LOSS.search(text)
    if loss and loss[1].isalpha():
        roles["loss"] = loss[1]
    bases = {a or b for a, b in _LOOSE_BASE.findall(text)}
    if len(bases) == 1:
        numbers["loose_base"] = int(bases.pop())
    return Declaration(roles, {}, numbers, None, ())


__all__ = ["Declaration", "in_comment", "loosely", "parse", "replace", "sizes", "stack"]
