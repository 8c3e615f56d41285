"""The errors of the slides are found: these and no others, with their corrections."""

from __future__ import annotations

import json

import pytest

from symconv.claims.report import Report
from symconv.claims.slides import applies, judge, slides
from symconv.derivation.backpropagate import Derivation, backpropagate
from symconv.errors import UsageError
from symconv.layers.common.registry import layer_class
from symconv.model import Wiring


@pytest.fixture(scope="module")
def report(derivation: Derivation) -> Report:
    return judge(derivation)


def test_exactly_the_known_errors_are_found(report: Report) -> None:
    assert {(j.where, j.count) for j in report.wrong} == {
        ("chain-F-over-P", 1),
        ("max-C01", 3),
        ("max-C01-bold", 1),
        ("gradient-F01", 1),
        *((f"mask-{n}", 1) for n in range(1, 6)),
    }
    assert [p.where for p in report.impossible] == ["winners"]


def test_everything_is_judged(report: Report) -> None:
    source = slides()
    assert len(report.judgements) == 24 + 3 + 5 + 1
    assert [j.where for j in report.judgements[:24]] == [f.id for f in source.formulas]
    assert [j.printed for j in report.judgements[:24]] == [f.tex for f in source.formulas]
    assert len(report.patterns) == 1


def test_what_is_right_only_under_a_condition(report: Report) -> None:
    conditions = {j.where: [c.text for c in j.conditions] for j in report.conditional}
    zeros = {f"max-{c}" for c in ("C00-red", "C00", "C00-bold", "C10", "C10-bold", "C11", "C11-bold")}
    assert set(conditions) == {"chain", "convolution", "parameters", *zeros}
    for where in zeros:
        (condition,) = conditions[where]
        assert condition.startswith("C[0,1] is the maximum")
    assert conditions["chain"][0].startswith("* is a contraction, a sum over all entries of C and P")
    assert "cross-correlation" in conditions["convolution"][0]
    assert "contraction" in conditions["convolution"][1]
    assert "biases are left out" in conditions["parameters"][0]
    assert all(not j.conditions for j in report.judgements if j.verdict == "right")


def test_the_chain_rule_is_corrected(report: Report) -> None:
    wrong = report.judgement("chain-F-over-P")
    assert wrong.corrected is not None and wrong.example is not None
    assert wrong.corrected.latex == report.judgement("chain").printed
    assert wrong.causes[0].text == "dF/dP stands where dE/dP belongs: no factor has E above."
    assert wrong.example.right == 0 != wrong.example.left


@pytest.mark.parametrize(("where", "shown"), [("max-C01", "C_{01}"), ("max-C01-bold", r"\mathbf{C}_{01}")])
def test_the_winner_s_derivative_is_corrected(report: Report, where: str, shown: str) -> None:
    wrong = report.judgement(where)
    assert wrong.corrected is not None and wrong.example is not None
    assert wrong.corrected.latex == (
        rf"\frac{{\partial E}}{{\partial C_{{01}}}} = \frac{{\partial}}{{\partial C_{{01}}}} \max(C_{{00}}, {shown}, "
        r"C_{10}, C_{11}) \frac{\partial E}{\partial P_{00}} = \frac{\partial E}{\partial P_{00}}"
    )
    assert wrong.causes[0].text.startswith("C[0,1] is one factor too many. While C[0,1] is the maximum, ")
    assert wrong.causes[0].text.endswith(" is 1.")
    values = {math.text: value for math, value in wrong.example.values}
    assert values["C[0,1]"] == max(values[f"C[{k},{l}]"] for k in (0, 1) for l in (0, 1))
    assert wrong.example.left == values["dE/dP[0,0]"]
    assert wrong.example.right == values["C[0,1]"] * values["dE/dP[0,0]"]


def test_the_sixth_term_is_corrected(report: Report) -> None:
    wrong = report.judgement("gradient-F01")
    assert wrong.corrected is not None and wrong.example is not None
    assert wrong.corrected.latex == (
        r"\frac{\partial E}{\partial F_{01}} = "
        r"\frac{\partial E}{\partial C_{00}} \times A_{01} + \frac{\partial E}{\partial C_{01}} \times A_{02} + "
        r"\frac{\partial E}{\partial C_{02}} \times A_{03} + \frac{\partial E}{\partial C_{03}} \times A_{04} + "
        r"\frac{\partial E}{\partial C_{10}} \times A_{11} + \frac{\partial E}{\partial C_{11}} \times A_{12} + \dots"
    )
    (cause,) = wrong.causes
    assert cause.text == "In the sixth term, A[1,1] stands where A[1,2] belongs: its second index must be 2."
    # The counter-example is in the printed image: A_11 = 7, A_12 = 8.
    assert {m.text: v for m, v in wrong.example.values} == {"dE/dC[1,1]": 1, "A[1,1]": 7, "A[1,2]": 8}
    assert (wrong.example.left, wrong.example.right) == (8, 7)


def test_the_masks_are_corrected(report: Report) -> None:
    routed = {"C_{01}": "P_{00}", "C_{03}": "P_{01}", "C_{20}": "P_{10}", "C_{32}": "P_{11}"}
    for mask in slides().masks:
        wrong = report.judgement(mask.id)
        expected = tuple(
            tuple(rf"\frac{{\partial E}}{{\partial {routed[c]}}}" if c in routed else c for c in row)
            for row in mask.tex
        )
        assert tuple(tuple(m.latex for m in row) for row in wrong.corrected_cells) == expected
        assert wrong.printed_cells == mask.tex
        assert "C[0,1] stands where dE/dP[0,0] belongs." in [c.text for c in wrong.causes]
        assert wrong.example is not None and wrong.example.left != wrong.example.right


def test_the_impossible_pattern_is_refuted(report: Report) -> None:
    (pattern,) = report.patterns
    assert pattern.shown == ("mask-4", "mask-5")
    first, second = pattern.contradiction
    assert (first.entries.latex, second.entries.latex) == ("C_{01} > C_{00}", r"C_{20} \ge C_{21}")
    assert first.parameters.latex == (
        "F_{00} + F_{01} - 2F_{02} + F_{10} + F_{11} - 2F_{12} + F_{20} + F_{21} - 2F_{22} > 0"
    )
    assert second.parameters.latex == (
        r"-F_{00} - F_{01} + 2F_{02} - F_{10} - F_{11} + 2F_{12} - F_{20} - F_{21} + 2F_{22} \ge 0"
    )
    assert pattern.multipliers == (1, 1)


def test_the_report_is_json_and_always_the_same(report: Report, derivation: Derivation) -> None:
    found = json.dumps(report.to_dict(), indent=1)
    assert found == json.dumps(judge(derivation).to_dict(), indent=1)
    back = json.loads(found)
    assert back["judgements"][22]["corrected"]["latex"].endswith(r"A_{12} + \dots")
    assert back["judgements"][22]["example"]["phrase"]["text"] == (
        "With dE/dC[1,1] = 1, A[1,1] = 7, A[1,2] = 8 (every other entry of dE/dC is 0): "
        "dE/dF[0,1] is 8, the formula gives 7."
    )


# ------------------------------------------------------------------ other models


def test_the_loss_does_not_matter(report: Report) -> None:
    wiring = Wiring("slides", (1, 1, 6, 6))
    wiring.add("C", layer_class("conv2d")(1, 1, 3), names={"weight": "F"})
    wiring.add("P", layer_class("max_pool2d")(2))
    wiring.add("X", layer_class("flatten")())
    wiring.add("Z", layer_class("linear")(4, 3), names={"weight": "W"})
    wiring.add("E", layer_class("mse")(), names={"target": "T"})
    other = backpropagate(wiring.finish())
    assert applies(other)
    assert judge(other) == report


@pytest.mark.parametrize(
    ("size", "kernel", "window", "options", "weight", "does"),
    [
        (6, 3, 2, {}, "F", True),
        (6, 3, 2, {}, "G", False),  # no F
        (7, 3, 2, {}, "F", False),  # another A
        (6, 3, 3, {"stride": 1}, "F", False),  # P is 2 x 2, of other windows
        (6, 2, 2, {"dilation": 2}, "F", False),  # C is 4 x 4, F is 2 x 2
    ],
)
def test_the_slides_are_recognised(
    size: int, kernel: int, window: int, options: dict[str, int], weight: str, does: bool
) -> None:
    convolution = {k: v for k, v in options.items() if k == "dilation"}
    pooling = {k: v for k, v in options.items() if k == "stride"}
    wiring = Wiring("other", (1, 1, size, size))
    wiring.add("C", layer_class("conv2d")(1, 1, kernel, **convolution), names={"weight": weight})
    wiring.add("P", layer_class("max_pool2d")(window, **pooling))
    wiring.add("X", layer_class("flatten")())
    wiring.add("Z", layer_class("linear")(wiring.shape()[1], 2), names={"weight": "W"})
    wiring.add("E", layer_class("mse")(), names={"target": "T"})
    assert applies(backpropagate(wiring.finish())) is does


def test_a_model_without_the_tensors_is_refused() -> None:
    wiring = Wiring("tiny", (1, 1, 6, 6), "B")
    wiring.add("Y", layer_class("relu")())
    wiring.add("E", layer_class("mse")(), names={"target": "T"})
    tiny = backpropagate(wiring.finish())
    assert not applies(tiny)
    with pytest.raises(UsageError, match=r"^model tiny: the claims speak of 'F'; "):
        judge(tiny)
