"""A model from TOML: ``[model]``, one ``[[layer]]`` after the other, ``[loss]``, and optionally ``[values]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from symconv.errors import LimitError, ModelError, show
from symconv.importers.document import check_keys, located, parse, required, table_of
from symconv.importers.layer import check_kind, make_layer
from symconv.importers.values import read_values
from symconv.layers.common import sizes as check
from symconv.layers.common.fragment import Authored
from symconv.model import MAX_ENTRIES, Model, Wiring
from symconv.notation.names import check_name

MAX_LAYERS = 500
"""The most layers of a model."""


def read_model(text: str, *, where: str, max_entries: int = MAX_ENTRIES) -> Model:
    """The model that a TOML text describes; ``where`` names the text in messages.

    >>> model = read_model('''
    ... [model]
    ... name = "tiny"
    ... input = [3]
    ... [[layer]]
    ... type = "linear"
    ... name = "Z"
    ... weight = "W"
    ... out_features = 2
    ... [loss]
    ... type = "mse"
    ... ''', where="tiny.toml")
    >>> [tensor.name for tensor in model.program.inputs]
    ['A', 'W', 'E_target']

    Raises SymconvError for everything that does not hold together, with the place: table, layer, key.
    """
    document = parse(text, where)
    check_keys(where, document, ("model", "layer", "loss", "values"))
    wiring = _start(f"{where}: model", table_of(where, document, "model"), max_entries)
    for number, table in enumerate(_layers(where, document), 1):
        _add_layer(where, number, table, wiring)
    _add_loss(where, table_of(where, document, "loss"), wiring)
    with located(where):
        model = wiring.finish()
    model = replace(model, origin=where, toml=text)
    if "values" not in document:
        return model
    return replace(model, values=read_values(f"{where}: values", table_of(where, document, "values"), model))


def _start(where: str, table: Mapping[str, Any], max_entries: int) -> Wiring:
    check_keys(where, table, ("name", "input", "batch", "input_name"))
    name = check_name(where, required(where, table, "name", '"mine"'), what="name")
    batch = check.integer(where, "batch", table.get("batch", 1))
    sizes = required(where, table, "input", "[1, 6, 6]")
    if not isinstance(sizes, list) or not 1 <= len(sizes) <= 4:
        remedy = "give [channels, height, width] or [features]"
        raise ModelError(where, f"input is {show(sizes)}", remedy)
    shape = (batch, *(check.integer(where, "input size", n) for n in sizes))
    input_name = check_name(where, table.get("input_name", "A"), what="input_name")
    with located(where):
        return Wiring(name, shape, input_name, max_entries=max_entries)


def _layers(where: str, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    layers = document.get("layer", [])
    if not isinstance(layers, list) or not all(isinstance(table, dict) for table in layers):
        raise ModelError(where, "layer is not a list of tables", "write [[layer]] before each layer")
    if not layers:
        raise ModelError(where, "there is no layer", "add one with [[layer]]")
    if len(layers) > MAX_LAYERS:
        raise LimitError(where, f"there are {len(layers)} layers", f"give at most {MAX_LAYERS}")
    return layers


def _add_layer(where: str, number: int, table: Mapping[str, Any], wiring: Wiring) -> None:
    place = f"{where}: layer {number}"
    kind = check_kind(place, required(place, table, "type", '"relu"'), loss=False)
    name = check_name(f"{place} ({kind})", table.get("name", f"{kind}_{number}"))
    _wire(f"{place} ({kind} {name})", kind, name, table, wiring)


def _add_loss(where: str, table: Mapping[str, Any], wiring: Wiring) -> None:
    place = f"{where}: loss"
    kind = check_kind(place, required(place, table, "type", '"mse"'), loss=True)
    name = check_name(f"{place} ({kind})", table.get("name", "E"))
    _wire(f"{place} ({kind} {name})", kind, name, table, wiring)


def _wire(where: str, kind: str, name: str, table: Mapping[str, Any], wiring: Wiring) -> None:
    inputs = table.get("inputs")
    if inputs is not None and not (isinstance(inputs, list) and inputs and all(isinstance(i, str) for i in inputs)):
        remedy = 'name earlier tensors, as inputs = ["C"]'
        raise ModelError(where, f"inputs {show(inputs)} is not a list of names", remedy)
    with located(where):
        shape = wiring.shape(inputs[0] if inputs else None)
        layer, names = make_layer(where, kind, table, shape)
        if "name" not in table and isinstance(layer, Authored):
            name = layer.target()
        for role, given in names.items():
            check_name(where, given, what=role)
        wiring.add(name, layer, inputs=inputs, names=names)
