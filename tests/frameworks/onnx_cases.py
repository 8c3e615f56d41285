"""ONNX's own node test cases as data: an operator with its attributes, its arrays, and what has to come out."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

OPERATORS = (
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "Gemm", "Relu", "LeakyRelu", "Sigmoid",
    "Tanh", "Softmax", "BatchNormalization", "Flatten", "SoftmaxCrossEntropyLoss",
)
EXPANDED = re.compile(r"(.+)_expanded(_ver\d+)?")
"""The same case again, its operator replaced by ONNX's definition of it: the arrays are those of the operator."""


@dataclass(frozen=True, eq=False)
class Case:
    """One test case; an optional input or output that it leaves out is None."""

    name: str
    operator: str
    attributes: Mapping[str, Any]
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    rtol: float
    atol: float


@cache
def cases() -> tuple[Case, ...]:
    """Every node test case of these operators in the package, operator by operator, then by name."""
    loaded = _loaded()
    nodes = {name: _only_node(c) for name, c in loaded.items()}
    found = []
    for name, c in loaded.items():
        match = EXPANDED.fullmatch(name)
        node = nodes.get(match[1]) if match else nodes[name]
        if node is not None:
            found.append(_case(c, node))
    return tuple(sorted(found, key=lambda c: (OPERATORS.index(c.operator), c.name)))


@cache
def elsewhere() -> tuple[str, ...]:
    """Cases of other operators (attention, for one) whose definition has one of these operators inside."""
    own = {f"test_{c.name}" for c in cases()}
    return tuple(
        sorted(n for n, c in _loaded().items() if n not in own and any(map(_is_ours, c.model.graph.node)))
    )


@cache
def _loaded() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cases of casts overflow on purpose
        from onnx.backend.test.loader import load_model_tests

        return {c.name: c for c in load_model_tests(kind="node")}


def _is_ours(node: Any) -> bool:
    return node.op_type in OPERATORS and node.domain in ("", "ai.onnx")


def _only_node(case: Any) -> Any:
    """The node of a case that is nothing but one of these operators, else None."""
    nodes = case.model.graph.node
    return nodes[0] if len(nodes) == 1 and _is_ours(nodes[0]) else None


def _case(case: Any, node: Any) -> Case:
    from onnx.helper import get_attribute_value

    values = {a.name: get_attribute_value(a) for a in node.attribute}
    ((given, wanted),) = case.data_sets
    return Case(
        case.name.removeprefix("test_"),
        node.op_type,
        {name: v.decode() if isinstance(v, bytes) else v for name, v in values.items()},
        _in_place(node.input, given),
        _in_place(node.output, wanted),
        case.rtol,
        case.atol,
    )


def _in_place(names: Any, arrays: Any) -> tuple[Any, ...]:
    """The arrays at the places of their names; an empty name is an optional one that was left out."""
    left = [np.asarray(a) for a in arrays]
    placed = tuple(left.pop(0) if name else None for name in names)
    assert not left
    return placed
