"""Wiring: sizes and names are checked as they come, a tensor may feed several layers, no two are written alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from symconv.derivation.backpropagate import backpropagate
from symconv.errors import LimitError, ModelError, NamingError, SizeError, SymconvError
from symconv.layers.conv2d import Conv2d
from symconv.layers.flatten import Flatten
from symconv.layers.linear import Linear
from symconv.layers.max_pool2d import MaxPool2d
from symconv.layers.mse import MSELoss
from symconv.layers.relu import ReLU
from symconv.layers.softmax_cross_entropy import CrossEntropyLoss
from symconv.model import MAX_ENTRIES, Model, Wiring, letter


def slides() -> Model:
    wiring = Wiring("slides", (1, 1, 6, 6))
    wiring.add("C", Conv2d(1, 1, 3), names={"weight": "F"})
    wiring.add("P", MaxPool2d(2))
    wiring.add("X", Flatten())
    wiring.add("Z", Linear(4, 2), names={"weight": "W"})
    wiring.add("E", CrossEntropyLoss(), names={"target": "T"})
    return wiring.finish({"A": [1]})


def refused(error: type[SymconvError], make: Callable[[], Any]) -> str:
    """The message, which must be one line."""
    with pytest.raises(error) as caught:
        make()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ------------------------------------------------------------ a whole model


def test_the_slides_model() -> None:
    model = slides()
    assert model.input.name == "A" and model.input.sizes == (1, 1, 6, 6) and model.input.axes == ("b", "c", "u", "v")
    assert [t.name for t in model.parameters] == ["F", "W"] and [t.name for t in model.targets] == ["T"]
    assert model.loss.name == "E" and model.error.shape == ()
    assert [n.output.sizes for n in model.nodes] == [(1, 1, 4, 4), (1, 1, 2, 2), (1, 4), (1, 2), ()]
    program = model.program
    assert [t.name for t in program.inputs] == ["A", "F", "W", "T"]
    assert program.constants == ("E_shift",)
    assert program.equation("P_argmax").reduction == "argmax"
    seen = {t.name for t in program.inputs}
    for q in program.equations:
        assert {t.name for t in q.reads} <= seen, "topological order"
        seen.add(q.target.name)
    assert set(program.tensors) == seen
    assert model.node("P").inputs == ("C",) and model.values == {"A": [1]}
    assert model.node("C").values[next(iter(model.node("C").values))] == 6
    assert refused(ModelError, lambda: model.node("Q")) == (
        "model slides: no layer is called 'Q'; choose one of C, P, X, Z, E"
    )


def test_an_unfinished_model_is_refused() -> None:
    wiring = Wiring("m", (2, 3))
    assert "the last layer is not a loss" in refused(ModelError, wiring.finish)
    wiring.add("R", ReLU())
    assert refused(ModelError, wiring.finish) == "model m: the last layer is not a loss; add a [loss], as mse"
    wiring.add("E", MSELoss())
    wiring.finish()


def test_a_loss_ends_a_model() -> None:
    wiring = Wiring("m", (2, 3))
    wiring.add("E", MSELoss())
    wiring.add("L", MSELoss(), inputs=("A",))
    assert "the loss E is not the last layer" in refused(ModelError, wiring.finish)
    after = Wiring("m", (2, 3))
    after.add("E", MSELoss())
    refused(SizeError, lambda: after.add("R", ReLU()))


def test_an_output_that_nothing_reads_is_refused() -> None:
    wiring = Wiring("m", (2, 3))
    wiring.add("R", ReLU())
    wiring.add("S", ReLU(), inputs=("A",))
    wiring.add("E", MSELoss())
    assert "nothing reads the output of R" in refused(ModelError, wiring.finish)


# ------------------------------------------------------------ inputs


@pytest.mark.parametrize(
    "shape", [(), (0, 2), (1, -1), (1, 1.5), (1, True), (1, "2"), (1, 2**31), "12", 3, None], ids=repr
)
def test_the_shape_of_the_input(shape: Any) -> None:
    if shape == ():
        refused(SizeError, lambda: Wiring("m", shape).add("R", ReLU()))
    else:
        assert refused(SizeError, lambda: Wiring("m", shape)).startswith("model m: input shape ")


def test_inputs_by_name() -> None:
    wiring = Wiring("m", (2, 3))
    wiring.add("R", ReLU())
    wiring.add("S", Linear(3, 4), inputs=["A"])
    assert wiring.shape() == wiring.shape("S") == (2, 4) and wiring.shape("A") == (2, 3)
    assert refused(ModelError, lambda: wiring.add("U", ReLU(), inputs=("Q",))) == (
        "model m: no tensor 'Q' is made so far; choose one of A, R, S"
    )
    refused(ModelError, lambda: wiring.shape("R_argmax"))
    assert "relu has 1 input, 2 given" in refused(ModelError, lambda: wiring.add("U", ReLU(), inputs=("R", "S")))
    assert [n.name for n in wiring.nodes] == ["R", "S"], "nothing was wired by what was refused"


def test_sizes_that_do_not_fit_are_the_layers_errors() -> None:
    wiring = Wiring("m", (1, 1, 5, 5))
    assert refused(SizeError, lambda: wiring.add("C", Conv2d(1, 1, 7))).startswith("conv2d: kernel_size 7 exceeds")
    assert "put a flatten before it" in refused(SizeError, lambda: wiring.add("Z", Linear(25, 2)))


def test_a_limit_of_entries() -> None:
    assert MAX_ENTRIES == 2**26
    message = refused(LimitError, lambda: Wiring("m", (1, 1, 65536, 65536)))
    assert message == (
        "model m: input has 4294967296 entries, the limit is 67108864; "
        "make it smaller or raise max_entries (--max-entries)"
    )
    wiring = Wiring("m", (1, 10), max_entries=100)
    wiring.add("Z", Linear(10, 10))
    assert "weight of linear Y has 110 entries" in refused(LimitError, lambda: wiring.add("Y", Linear(10, 11)))
    assert "input has 101 entries" in refused(LimitError, lambda: Wiring("m", (101,), max_entries=100))
    refused(LimitError, lambda: Wiring("m", (1, 2, 9, 9)).add("C", Conv2d(2, 2**30, 3)))


# ------------------------------------------------------------ names


def conv(**names: str) -> Wiring:
    wiring = Wiring("m", (1, 1, 6, 6))
    wiring.add("C", Conv2d(1, 1, 3, bias=True), names=names)
    return wiring


def test_names_that_nobody_gave() -> None:
    assert list(conv().names) == ["A", "C_weight", "C_bias", "C"]
    assert list(conv(weight="F").names) == ["A", "F", "C_bias", "C"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: conv(weight="A"), "layer C: name 'A' is taken in this model"),
        (lambda: conv(weight="C"), "layer C: name 'C' is taken in this model"),
        (lambda: conv(weight="F", bias="F"), "layer C: name 'F' is taken in this model"),
        (lambda: conv(weight="dA"), "layer C: name 'dA' is taken in this model"),
        (lambda: conv(weight="F").add("F", ReLU()), "layer F: name 'F' is taken in this model"),
        (lambda: conv().add("C", ReLU()), "layer C: name 'C' is taken in this model"),
        (lambda: conv().add("A", ReLU()), "layer A: name 'A' is taken in this model"),
        (lambda: Wiring("m", (2, 2)).add("A", ReLU()), "layer A: name 'A' is taken in this model"),
        (lambda: conv().add("dC", ReLU()), "layer dC: name 'dC' is taken in this model"),
        (lambda: Wiring("m", (2, 2), "dR").add("R", ReLU()), "layer R: name 'dR' is taken in this model"),
        (lambda: conv().add("C_bias", ReLU()), "layer C_bias: name 'C_bias' is taken in this model"),
        (lambda: conv(weight="F").add("dC_dF", ReLU()), "layer dC_dF: name 'dC_dF' is that of a derivative"),
        (lambda: conv(weight="i"), "layer C: name 'i' is an index of the equations"),
        (lambda: conv(weight="k"), "layer C: name 'k' is an index of the equations"),
        (lambda: Wiring("m", (1, 1, 3, 3), "u").add("C", Conv2d(1, 1, 2)), "layer C: name 'u' is an index"),
        # k is an index of the convolution, not of the loss, but dE/dC[b,o,k,l] reads the target at it.
        (lambda: conv().add("E", MSELoss(), names={"target": "k"}), "layer E: name 'k' is an index of the equations"),
        (lambda: conv(weight="double"), "layer C: weight name 'double' is reserved"),
        (lambda: conv(weight="lambda"), "layer C: weight name 'lambda' is reserved"),
        (lambda: conv(weight=""), "layer C: weight name '' is not an identifier"),
        (lambda: conv(weight="a b"), "layer C: weight name 'a b' is not an identifier"),
        (lambda: conv(wieght="F"), "layer C: conv2d has no tensor 'wieght' to name; choose one of weight, bias"),
        (lambda: conv(output="F"), "layer C: conv2d has no tensor 'output' to name"),
        (
            lambda: conv().add("R", ReLU(), names={"weight": "F"}),
            "layer R: relu has no tensor 'weight' to name; give none",
        ),
        (lambda: conv().add("a\nb", ReLU()), r"layer: name 'a\nb' is not an identifier"),
        (lambda: conv().add("E1", MSELoss(), names={"target": "C"}), "layer E1: name 'C' is taken in this model"),
        (lambda: Wiring("main", (1, 2)), "model: model name 'main' is reserved"),
        (lambda: Wiring("a\nb", (1, 2)), r"model: model name 'a\nb' is not an identifier"),
        (lambda: Wiring("m", (1, 2), "1A"), "model m: input_name '1A' is not an identifier"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_names_that_clash_are_refused(make: Callable[[], Any], message: str) -> None:
    assert refused(NamingError, make).startswith(message)


def test_a_name_is_free_for_another_model() -> None:
    assert backpropagate(slides()).gradients.keys() == backpropagate(slides()).gradients.keys()


# ------------------------------------------------------------ how names are written


def test_letters() -> None:
    assert [letter(n) for n in ("A", "C1", "A_2", "probability", "C_x", "Z12")] == [
        "A", "C^{(1)}", "A^{(2)}", r"\mathrm{probability}", r"\mathrm{C\_x}", "Z^{(12)}"
    ]


def written(model: Model) -> dict[str, str]:
    return {t.name: t.latex for node in model.nodes for t in node.tensors.values()}


def test_no_two_tensors_are_written_alike() -> None:
    wiring = Wiring("m", (1, 1, 8, 8))
    wiring.add("C1", Conv2d(1, 1, 3))
    wiring.add("C_1", Conv2d(1, 1, 3))
    wiring.add("F", MaxPool2d(2, stride=1))
    wiring.add("P2", MaxPool2d(2, stride=1))
    wiring.add("E", MSELoss())
    model = wiring.finish()
    latex = written(model)
    assert len(set(latex.values())) == len(latex), latex
    assert latex["F"] == "F" and latex["C1"] == "C^{(1)}" and latex["C_1"] == r"\mathrm{C\_1}"
    assert latex["C1_weight"] == "F^{(C^{(1)})}" and latex["F_argmax"] == "M"
    assert latex["P2_argmax"] == "M^{(P^{(2)})}"
    # One tensor is written in one way wherever it is read.
    for node in model.nodes:
        for t in node.tensors.values():
            assert t.latex == latex[t.name]
            assert node.tensors["output"].latex == latex[node.name]


def test_a_branch_reads_the_same_tensor() -> None:
    wiring = Wiring("m", (2, 3))
    wiring.add("R", ReLU())
    wiring.add("S", Linear(3, 4), inputs=("A",))
    first, second = (node.tensors["input"] for node in wiring.nodes)
    assert first == second == wiring.names["A"] and first.axes == ("b", "c")
