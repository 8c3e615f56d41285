"""A layer from a table of keys: what it may have follows from its class and from the tensors of its equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import cache
from inspect import signature
from itertools import product
from typing import Any

from symconv.errors import ModelError, SizeError, SymconvError, show
from symconv.importers.document import check_keys, required, suggest
from symconv.layers.common.fragment import Authored, Fragment, Layer, Shape
from symconv.layers.common.registry import kinds, layer_class

PROBES = (1, 2, 4)
"""The sizes at which a layer shows what tensors it has."""


@dataclass(frozen=True)
class Keys:
    """The keys of one kind of layer: hyper-parameters (with those that must be there), and tensors to be named."""

    hyper: tuple[str, ...]
    needed: tuple[str, ...]
    tensors: tuple[str, ...]

    @property
    def own(self) -> tuple[str, ...]:
        """Every key, each once."""
        return tuple(dict.fromkeys((*self.hyper, *self.tensors)))


@cache
def keys_of(kind: str) -> Keys:
    """The keys of a kind: the fields of its class that do not follow from the input, and its tensors by role.

    >>> keys_of("linear")
    Keys(hyper=('out_features', 'bias'), needed=('out_features',), tensors=('weight', 'bias'))
    """
    cls: Any = layer_class(kind)
    own = [f for f in fields(cls) if f.name not in cls.inferred]
    needed = tuple(f.name for f in own if f.default is MISSING and f.default_factory is MISSING)
    return Keys(tuple(f.name for f in own), needed, _tensors(kind))


def _tensors(kind: str) -> tuple[str, ...]:
    """The parameters that a layer may have and the data that it is given: from its equations at some size."""
    cls: Any = layer_class(kind)
    if issubclass(cls, Authored):  # its tensors are named where they are written
        return ()
    flags = [f.name for f in fields(cls) if isinstance(f.default, bool)]
    found: dict[str, None] = {}
    probed = False
    for on in (True, False):
        fragment = _probe(cls, dict.fromkeys(flags, on))
        if fragment is not None:
            probed = True
            found |= dict.fromkeys((*(t.name for t in fragment.parameters), *fragment.data))
    assert probed, f"{kind} has no equations at any of the sizes {PROBES}"
    return tuple(found)


def sample(kind: str) -> Fragment:
    """The equations of a layer with its default hyper-parameters, for images where it takes them."""
    fragment = _probe(layer_class(kind), {}, ranks=(4, 3, 5, 2, 1))
    assert fragment is not None
    return fragment


def _probe(cls: Any, flags: Mapping[str, bool], ranks: Sequence[int] = range(1, 6)) -> Fragment | None:
    """The equations of a layer at the first sizes and ranks that it takes, with one input or with two."""
    if issubclass(cls, Authored):
        layer, shapes = cls.example()
        return layer.fragment(*shapes)
    for least in PROBES:
        numbers = {f.name: least for f in fields(cls) if f.default is MISSING}
        for rank, inputs in product(ranks, (1, 2)):
            shapes = ((least,) * rank,) * inputs
            try:
                layer = cls(**numbers, **flags)
                signature(layer.fragment).bind(*shapes)
                return layer.fragment(*shapes)
            except (SymconvError, TypeError):
                continue
    return None


def check_kind(where: str, kind: object, *, loss: bool) -> str:
    """The kind of a layer or of a loss; raises ModelError for one that does not exist or is the other."""
    choice = [k for k in kinds() if layer_class(k).loss is loss]
    if not isinstance(kind, str):
        raise ModelError(where, f"type {show(kind)} is not a string", f"choose one of {', '.join(choice)}")
    if kind not in kinds():
        raise ModelError(where, f"type {show(kind)} is unknown", suggest(kind, choice))
    if kind not in choice:
        problem, remedy = (
            (f"{kind} is not a loss", f"choose one of {', '.join(choice)}")
            if loss
            else (f"{kind} is a loss", "write it as [loss], after the layers")
        )
        raise ModelError(where, problem, remedy)
    return kind


def make_layer(where: str, kind: str, table: Mapping[str, Any], shape: Shape) -> tuple[Layer, dict[str, str]]:
    """The layer for an input of that shape, and the names that the table gives to its tensors, by role.

    A key that is a flag and a tensor at once (``bias``) may be true, false, or the tensor's name. Raises SymconvError.
    """
    cls: Any = layer_class(kind)
    keys = keys_of(kind)
    for key, axis in cls.inferred.items():
        if key in table:
            raise ModelError(where, f"{key} follows from the input, which has {shape[axis]}", "leave it out")
    known = dict.fromkeys(("type", "name", *keys.own, *(() if cls.loss else ("inputs",))))
    check_keys(where, table, tuple(known))
    for key in keys.needed:
        required(where, table, key, "...")
    names = {key: table[key] for key in keys.tensors if key in table}
    options = {key: _value(table[key]) for key in keys.hyper if key in table}
    for key in [key for key in names if key in keys.hyper]:
        if isinstance(names[key], str):
            options[key] = True
        else:
            del names[key]
    for key, axis in cls.inferred.items():
        if axis >= len(shape):
            raise SizeError(where, f"its input has {len(shape)} axes, none for {key}", "change the layer before it")
        options[key] = shape[axis]
    return cls(**options), names


def _value(value: object) -> object:
    """Lists as tuples, since a layer is a value that can be compared and kept."""
    return tuple(map(_value, value)) if isinstance(value, list) else value
