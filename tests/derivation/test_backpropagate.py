"""Whole derivations: what has a gradient, single entries, tensors that feed several layers, names of layers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import pytest
import sympy as sp

import symconv
from symconv.derivation.backpropagate import backpropagate, full_index
from symconv.derivation.check import holds
from symconv.errors import UsageError
from symconv.kernels import loops
from symconv.layers.common.fragment import Fragment, Shape
from symconv.layers.common.registry import classes, kinds
from symconv.layers.conv2d import Conv2d
from symconv.layers.linear import Linear
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.model import Model, Node, Wiring
from symconv.notation.functions import FUNCTIONS
from symconv.notation.index import size, symbol
from symconv.notation.printing.printer import text
from symconv.notation.tensor import Tensor
from symconv.notation.term import equation
from tests.derivation.cases import MODELS, chain, derivation
from tests.derivation.test_exact import check

# ------------------------------------------------------------ what there is


@pytest.mark.parametrize("name", MODELS)
def test_every_activation_and_parameter_has_a_gradient_from_the_error_backwards(name: str) -> None:
    model = derivation(name).model
    activations = [model.input.name, *(node.name for node in model.nodes[:-1])]
    gradients = derivation(name).gradients
    assert set(gradients) == {*activations, *(t.name for t in model.parameters)}
    assert [n for n in gradients if n in activations] == activations[::-1]
    for of, gradient in gradients.items():
        assert gradient.tensor.name == f"d{of}"
        assert gradient.tensor.shape == model.program.tensors[of].shape
        assert gradient.tensor.axes == model.program.tensors[of].axes
        assert gradient.equation.terms[0].gathers or "flatten" in name or "grouped" in name


@pytest.mark.parametrize("name", MODELS)
def test_gradients_read_only_what_the_forward_pass_and_later_gradients_make(name: str) -> None:
    derived = derivation(name)
    known = set(derived.model.program.tensors)
    for gradient in derived.gradients.values():
        for c in gradient.contributions:
            for q in (*c.inner, c.equation):
                assert {t.name for t in q.reads} <= known, q
                known.add(q.target.name)


def test_the_same_derivation_twice_prints_the_same() -> None:
    shape, layers = MODELS["grouped"]
    first, second = (backpropagate(chain(shape, *layers)) for _ in range(2))
    for of in first.gradients:
        assert [text.equation(s.after) for s in first.steps(of)] == [text.equation(s.after) for s in second.steps(of)]


def test_a_step_that_changes_nothing_is_not_shown() -> None:
    for of in derivation("slides").gradients:
        for step in derivation("slides").steps(of):
            assert step.relation != "equal" or step.before != step.after
            assert 1 not in step.after.target.shape


def test_unknown_names_are_refused() -> None:
    derived = derivation("slides")
    with pytest.raises(UsageError, match=r"^model model: there is no gradient with respect to 'Q'; choose one of L4, "):
        derived.gradient("Q")
    with pytest.raises(UsageError, match="no equation defines 'A'"):
        derived.forward("A")


# ------------------------------------------------------------ single entries


def test_an_entry_is_an_expression_in_the_entries_that_it_reads() -> None:
    derived = derivation("slides")
    c, a = sp.IndexedBase("dL1"), sp.IndexedBase("A")
    expected = sum(c[0, 0, k, l] * a[0, 0, k, l + 1] for k in range(4) for l in range(4))
    assert derived.expression("L1_weight", (0, 1)) == derived.expression("L1_weight", (0, 0, 0, 1)) == expected
    m, p = sp.IndexedBase("L2_argmax"), sp.IndexedBase("dL2")
    assert derived.expression("L1", (1, 2)) == sp.KroneckerDelta(m[0, 0, 0, 1], 2) * p[0, 0, 0, 1]


@pytest.mark.parametrize(
    "at", [(3, 0), (0, 3), (-1, 0), (0,), (), (0, 0, 0), (0, 0, 3, 0), (1, 0, 0, 0), (True, 0), (1.0, 0), ("0", 0)]
)
def test_entries_that_do_not_exist_are_refused(at: tuple[Any, ...]) -> None:
    with pytest.raises(UsageError, match=r"^L1_weight: entry \(.*\) does not exist; L1_weight is 3 x 3, from 0$"):
        derivation("slides").expression("L1_weight", at)


def test_indices_over_the_written_axes_or_over_all() -> None:
    t = Tensor("t", (1, 3, 1, 2), ("a", "b", "c", "d"))
    assert full_index(t, (2, 1)) == full_index(t, (0, 2, 0, 1)) == (0, 2, 0, 1)
    single = Tensor("s", (1, 1), ("a", "b"))
    assert full_index(single, ()) == full_index(single, (0, 0)) == (0, 0)
    with pytest.raises(UsageError, match="a single entry"):
        full_index(single, (0,))
    assert full_index(Tensor("E"), ()) == ()


def test_how_a_derivation_shows_itself() -> None:
    shown = derivation("slides")._repr_mimebundle_()
    assert shown["text/plain"].splitlines()[0] == "dL5/dL4[o] = L5_probability[o] - L5_one_hot[o]"
    assert shown["text/latex"].startswith(r"$$\begin{aligned}") and r"\frac{\partial" in shown["text/latex"]


# ------------------------------------------------------------ tensors that feed several layers


@dataclass(frozen=True)
class Product:
    """``output[r,s] = first[r,s] * second[s,r]``: two inputs, one of them transposed."""

    kind: ClassVar[str] = "product"
    loss: ClassVar[bool] = False
    inferred: ClassVar[Mapping[str, int]] = MappingProxyType({})

    def options(self) -> dict[str, object]:
        return {}

    def fragment(self, shape: Shape, other: Shape) -> Fragment:
        assert other == shape[::-1]
        n_r, n_s = size("n_r"), size("n_s")
        r, s = symbol("r"), symbol("s")
        x, y = Tensor("first", (n_r, n_s), ("r", "s")), Tensor("second", (n_s, n_r), ("s", "r"))
        z = Tensor("output", (n_r, n_s), ("r", "s"))
        q = equation(z, (r, s), x[r, s] * y[s, r], (x, y))
        return Fragment((x, y), (), (q,), {n_r: shape[0], n_s: shape[1]})


def test_a_tensor_that_feeds_two_layers_gets_both_contributions() -> None:
    wiring = Wiring("branches", (2, 3))
    wiring.add("R", Linear(3, 2, bias=True))
    wiring.add("S", Linear(3, 4), inputs=("A",))
    wiring.add("U", Linear(4, 2), inputs=("S",))
    wiring.add("P", Product(), inputs=("R", "U"))  # type: ignore[arg-type]
    wiring.add("Q", Product(), inputs=("P", "R"))  # type: ignore[arg-type]
    wiring.add("E", MSELoss())
    derived = backpropagate(wiring.finish())
    assert [c.node.name for c in derived.gradient("R").contributions] == ["Q", "P"]
    gradient = derived.gradient("A")
    assert [c.node.name for c in gradient.contributions] == ["S", "R"]
    assert len(gradient.equation.terms) == 2
    assert text.equation(gradient.written) == (
        "dE/dA[b,f] = sum(0 <= o < 4) dE/dS[b,o] * S_weight[o,f] + sum(0 <= o < 2) dE/dR[b,o] * R_weight[o,f]"
    )
    for step in gradient.steps(numbers=False):
        assert holds(step, 1)
    for seed in range(3):
        check(derived, seed)


def test_a_layer_that_the_error_does_not_depend_on_sends_nothing_back() -> None:
    wiring = Wiring("m", (2, 3))
    wiring.add("R", ReLU())
    wiring.add("S", Linear(3, 2), inputs=("A",))
    wiring.add("E", MSELoss())
    (reader, dense, loss) = wiring.nodes
    model = Model("m", wiring.names["A"], (reader, dense, loss))
    derived = backpropagate(model)
    assert list(derived.gradients) == ["S", "S_weight", "A"]
    assert [c.node.name for c in derived.gradient("A").contributions] == ["S"]


# ------------------------------------------------------------ no layer is named


LISTED = ("derivation", "kernels", "backends", "documents", "notation")
DISTINCT = [k for k in kinds() if re.search(r"[0-9_]", k)]


def strings(path: Path) -> Iterator[str]:
    """The strings of a module that are not docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def names(path: Path) -> Iterator[str]:
    """Every identifier, attribute and imported module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.ImportFrom(module=str(name)):
                yield name
                yield from (alias.name for alias in node.names)
            case ast.Import():
                yield from (alias.name for alias in node.names)


def modules_without_layers() -> list[Path]:
    root = Path(symconv.__file__).parent
    return sorted(p for folder in LISTED for p in (root / folder).rglob("*.py"))


def test_no_rule_backend_or_document_names_a_layer() -> None:
    paths = modules_without_layers()
    assert len(paths) > 25
    layers = {f"symconv.layers.{kind}" for kind in kinds()}
    for path in paths:
        for string in strings(path):
            assert string not in kinds() or string in FUNCTIONS, (path.name, string)
            assert not any(kind in string for kind in DISTINCT), (path.name, string)
        for name in names(path):
            # The sum of the loop IR shares its name with the layer that adds tensors.
            assert name not in classes() or hasattr(loops, name), (path.name, name)
            assert name not in DISTINCT and name not in layers, (path.name, name)


def test_the_search_for_names_of_layers_finds_some(tmp_path: Path) -> None:
    file = tmp_path / "rule.py"
    file.write_text('"""A docstring may say conv2d."""\nif node.layer.kind == "conv2d":\n    x = Conv2d\n')
    assert "conv2d" in set(strings(file)) and "Conv2d" in set(names(file))
    assert not any("docstring" in s for s in strings(file))


def test_nodes_know_their_roles() -> None:
    node: Node = chain((1, 1, 3, 3), Conv2d(1, 1, 2, bias=True), MSELoss()).nodes[0]
    assert [node.role(n) for n in ("A", "L1_weight", "L1_bias", "L1")] == ["input", "weight", "bias", "output"]
    assert [t.name for t in node.parameters] == ["L1_weight", "L1_bias"]
