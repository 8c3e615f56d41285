"""The article: what it contains for which request, elision, determinism, and that no layer is known by name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symconv.derivation.backpropagate import backpropagate
from symconv.derivation.second import hessian_product
from symconv.documents.compose.article import article
from symconv.documents.compose.corrections import Condition, Contradiction, Correction, from_latex, headline
from symconv.documents.compose.expanded import row_keys
from symconv.documents.compose.gradient import without_detours
from symconv.documents.compose.write import number
from symconv.documents.nodes import Document, Figure, Formula, Gallery, Grid, Heading, Math, Prose
from symconv.documents.registry import formats, render
from symconv.errors import UsageError
from symconv.layers.layer_norm import LayerNorm
from symconv.layers.mse import MSELoss
from symconv.model import Wiring
from symconv.notation.printing.printer import text as printer


def headings(document: Document) -> list[str]:
    return [
        "".join(p if isinstance(p, str) else p.text for p in n.parts) for n in document.nodes if isinstance(n, Heading)
    ]


def prose(document: Document) -> str:
    shown = [n.parts for n in document.nodes if isinstance(n, Prose)]
    return "\n".join("".join(p if isinstance(p, str) else p.text for p in parts) for parts in shown)


def formulas(document: Document) -> list[str]:
    """Every displayed formula as text, on one line each."""
    found = []
    for node in document.nodes:
        items = node.items if isinstance(node, Gallery) else (node,) if isinstance(node, Math) else ()
        found += [" ".join(f"{r.left.text} {r.right.text}".strip() for r in m.rows) for m in items]
    return found


def test_the_whole_article_is_in_order(derivations: Any, examples: Any) -> None:
    document = article(derivations("slides"), values=examples("slides"))
    assert headings(document) == [
        "The model", "Conventions",
        "Forward", "C (conv2d)", "P (max_pool2d)", "X (flatten)", "Z (linear)", "E (softmax_cross_entropy)",
        "Backward", "dE/dZ", "dE/dW", "dE/dX", "dE/dP", "dE/dC", "dE/dF", "dE/dA",
        "A worked example", "Forward", "Backward",
    ]


def test_every_step_of_a_gradient_is_told(derivations: Any) -> None:
    derivation = derivations("strided")
    document = article(derivation, wrt=[("A", None)], form="index")
    shown = formulas(document)
    for step in without_detours(derivation.steps("A")):
        right = printer.equation(step.after).split(" = ", 1)[-1] if "+=" not in printer.equation(step.after) else "+="
        assert any(right in f for f in shown), step.rule
        assert step.why.split("{")[0].strip() in prose(document) or step.rule == "eliminate"
    assert prose(document).count("The delta decides the index") == 1 and "Likewise for" in prose(document)


def test_a_detour_ends_where_it_began(derivations: Any) -> None:
    derivation = derivations("slides")
    kept, all_steps = without_detours(derivation.steps("F")), derivation.steps("F")
    assert [s.rule for s in kept] == ["partial", "chain", "swap"] and len(all_steps) > len(kept)
    # What is left out ends at the same equation, index for index.
    assert kept[-1].after.terms[0].at == all_steps[-1].after.terms[0].at
    assert set(kept[-1].after.terms[0].indices) == set(all_steps[-1].after.terms[0].indices)
    assert len(without_detours(derivation.steps("A"))) == len(derivation.steps("A"))


@pytest.mark.parametrize("form", ["index", "expanded", "both"])
def test_the_form_decides_what_is_shown(derivations: Any, form: str) -> None:
    shown = formulas(article(derivations("slides"), form=form, wrt=[("F", None)]))
    index = any("dC[k,l]/dF[i,j] = A[k+i,l+j]" in f for f in shown)
    expanded = any(f.startswith("dE/dF[2,2] = dE/dC[0,0] * A[2,2]") for f in shown)
    assert (index, expanded) == (form != "expanded", form != "index")
    assert any(f.startswith("dE/dF[i,j] = sum") for f in shown)


def test_every_entry_of_every_gradient_is_written_out(derivations: Any) -> None:
    shown = formulas(article(derivations("slides")))
    for gradient in derivations("slides").gradients.values():
        name = gradient.of.name
        entries = [f for f in shown if re.match(rf"dE/d{name}\[[\d,]+\] = ", f) and " max(" not in f]
        distinct = {f.split(" = ")[0] for f in entries}
        assert len(distinct) == gradient.of.length, name
    assert sum(f.count(" * ") for f in shown if re.match(r"dE/dF\[\d,\d\]", f)) == 144


def test_long_sums_break_by_kernel_row(derivations: Any) -> None:
    q = derivations("slides").forward("C")
    (keys,) = row_keys(q, (1, 2))
    assert [k[1] for k in keys] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    document = article(derivations("slides"), form="expanded")
    gallery = next(n for n in document.nodes if isinstance(n, Gallery) and n.items[0].rows[0].left.text == "C[0,0]")
    assert len(gallery.items) == 16 and gallery.per_row == 4
    for item in gallery.items:
        assert [r.right.text.count("*") for r in item.rows] == [3, 3, 3]
    latex = render(document, "latex")
    assert r"\begin{aligned}[t]" in latex and r"A_{00}F_{00} + A_{01}F_{01} + A_{02}F_{02} \\" in latex


def test_large_tensors_are_elided_and_full_is_not(derivations: Any) -> None:
    derivation = derivations("big")
    short = article(derivation)
    shown = [f for f in formulas(short) if re.match(r"dE/dF\[\d,\d\] = ", f)]
    assert shown == [
        "dE/dF[0,0] = dE/dC[0,0] * A[0,0] + dE/dC[0,1] * A[0,1] + ... + dE/dC[23,23] * A[23,23]",
        "dE/dF[0,1] = dE/dC[0,0] * A[0,1] + dE/dC[0,1] * A[0,2] + ... + dE/dC[23,23] * A[23,24]",
        "dE/dF[4,4] = dE/dC[0,0] * A[4,4] + dE/dC[0,1] * A[4,5] + ... + dE/dC[23,23] * A[27,27]",
    ]
    assert "25 entries with 14,400 terms in all" in prose(short)
    full = [f for f in formulas(article(derivation, wrt=[("F", None)], form="expanded", full=True)) if "..." not in f]
    entries = [f for f in full if re.match(r"dE/dF\[\d,\d\] = ", f)]
    assert len(entries) == 25 and sum(f.count(" * ") for f in entries) == 14_400


def test_the_limit_is_the_caller_s(derivations: Any) -> None:
    few = article(derivations("slides"), wrt=[("F", None)], limit=100)
    assert "9 entries with 144 terms in all" in prose(few)
    many = article(derivations("slides"), wrt=[("F", None)], limit=144)
    assert "terms in all" not in prose(many)


def test_one_sum_over_pages_is_elided_too() -> None:
    wiring = Wiring("norm", (2, 3, 5, 6))
    wiring.add("Y", LayerNorm((3, 5, 6)))
    wiring.add("E", MSELoss(), names={"target": "T"})
    document = article(backpropagate(wiring.finish()))
    assert prose(document).count("2 entries with 180 terms in all; some of them:") == 2
    means = [f for f in formulas(document) if f.startswith("Y_mean[0] = ")]
    assert means == ["Y_mean[0] = A[0,0,0,0]/90 + A[0,0,0,1]/90 + ... + A[0,2,4,5]/90"]
    assert "some of them" not in prose(article(backpropagate(wiring.finish()), full=True))


def test_guarded_sums_say_up_to(derivations: Any) -> None:
    shown = prose(article(derivations("slides"), wrt=[("A", None)], limit=10))
    assert "36 entries with up to 324 terms in all" in shown


def test_conventions_follow_from_the_equations(derivations: Any) -> None:
    @cache
    def conventions(name: str) -> str:
        text = render(article(derivations(name), form="index"), "text")
        return text.split("Conventions")[1].split("Forward\n")[0]

    assert "cross-correlation" in conventions("slides") and "first in row-major order" in conventions("slides")
    assert "at 0 it is 0" not in conventions("slides") and "class numbers" in conventions("slides")
    assert "cancels in E" in conventions("slides")
    assert "max(0, x) is [x > 0]: at 0 it is 0" in conventions("strided")
    assert "Entries outside of a tensor" in conventions("strided")
    assert "Entries outside of a tensor" not in conventions("big")
    assert "first in row-major order" not in conventions("big") and "576 terms" in conventions("big")
    assert "Axes with a single entry" not in conventions("odd")


@pytest.mark.parametrize("by", ["F", "A"])
def test_the_document_of_a_second_derivative_says_what_it_derives(derivations: Any, by: str) -> None:
    derivation = hessian_product(derivations("slides"), by)
    shown = prose(article(derivation, form="index"))
    assert (
        f"S is not an error but the product of the gradient by {by} with a direction; backpropagation finds how it "
        f"changes with {by}, and with nothing else." in shown
    )
    assert "The parameters are F and W, 17 numbers in all. S is" in shown
    assert "the error S" not in shown and list(derivation.gradients) == [by]
    assert "how the error E changes with each of them" in prose(article(derivations("slides"), form="index"))


def test_strided_gradients_say_what_they_are(derivations: Any) -> None:
    shown = render(article(derivations("strided"), form="index"), "text")
    assert "dE/dF = Convolution(pad[1,0;1,0](A), spread[2](dE/dC))" in shown or "spread[2](dE/dC)" in shown
    assert re.search(r"dE/dA = Convolution\(pad\[[^]]*\]\(spread\[2\]\(dE/dC\)\), rot180\(F\)\)", shown)
    assert "Convolution[stride 2](pad" in shown


def test_general_sizes_are_shown_once_with_their_numbers(derivations: Any) -> None:
    document = article(derivations("slides"), wrt=[("F", None)], form="index")
    assert prose(document).count("For general sizes") == 1
    assert "n_i = n_j = 3" in prose(document) and "n_k = n_l = 4" in prose(document)
    assert any("A[b,c,d_1*i+s_1*k-p_1,d_2*j+s_2*l-p_2]" in f for f in formulas(document))


def test_overlapping_windows_are_not_taken_for_one(derivations: Any) -> None:
    shown = formulas(article(derivations("strided"), wrt=[("R", None)]))
    # R_01 lies in two windows: of one window only the partial derivative is said.
    assert any(f.startswith("dP[0,0]/dR[0,1] = d/dR[0,1] max(") and f.endswith("= 1") for f in shown)
    assert not any(f.startswith("dE/dR[0,1] = d/dR[0,1] max(") for f in shown)
    assert any(f.count("P_argmax") == 2 for f in shown if f.startswith("dE/dR[0,1] = "))


@pytest.mark.parametrize("name", ["slides", "odd", "strided"])
@pytest.mark.parametrize("format", ["latex", "text"])
def test_same_input_same_bytes(derivations: Any, examples: Any, name: str, format: str) -> None:
    first = render(article(derivations(name), values=examples(name)), format)
    again = backpropagate(derivations(name).model)
    assert render(article(again, values=examples(name)), format) == first


def test_the_order_of_sets_does_not_matter() -> None:
    program = (
        "from symconv.derivation.backpropagate import backpropagate;"
        "from symconv.documents.compose.article import article;"
        "from symconv.documents.registry import render;"
        "from tests.documents.conftest import odd;"
        "print(render(article(backpropagate(odd()), form='index'), 'text'))"
    )
    root = Path(__file__).parents[2]
    shown = [
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True, check=True, cwd=root,
        ).stdout
        for seed in ("1", "2")
    ]
    assert shown[0] == shown[1] and len(shown[0]) > 1000


def test_what_does_not_exist_is_refused(derivations: Any) -> None:
    derivation = derivations("slides")
    with pytest.raises(UsageError, match="no gradient"):
        article(derivation, wrt=[("Q", None)])
    with pytest.raises(UsageError, match="does not exist"):
        article(derivation, wrt=[("F", (3, 0))])
    with pytest.raises(UsageError, match="choose one of both"):
        article(derivation, form="short")
    with pytest.raises(UsageError, match="latex, text"):
        render(article(derivation, wrt=[("F", None)]), "word")
    assert formats() == ("latex", "text")


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (7.0, "7"), (-3, "-3"), (0.123456, "0.1235"), (1 / 3, "0.3333"), (123456.0, "123456"), (1e-7, "1e-07"),
     (float("nan"), "nan"), (float("-inf"), "-inf")],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number(value).text == text


# ------------------------------------------------------------ corrections


def remarks() -> tuple[Correction | Contradiction | Condition, ...]:
    zero = from_latex("0")
    wrong, right = from_latex(r"\frac{\partial F}{\partial P}"), from_latex(r"\frac{\partial E}{\partial P}")
    mask = Grid(((zero, from_latex("C_{01}")),))
    return (
        Correction(("The chain rule",), wrong, right, ("It is 3 & not 4.",), ("The factor is wrong.",), 2),
        Correction(("A table",), mask, Grid(((zero, from_latex(r"\frac{\partial E}{\partial P_{00}}")),))),
        Contradiction(("The winners",), mask, (from_latex("C_{01} > C_{00}"), from_latex(r"C_{20} \ge C_{21}"))),
        Condition(from_latex(r"\frac{\partial E}{\partial C_{00}} = 0"), (from_latex("C_{01}"), " is the maximum")),
    )


def test_corrections_are_a_section(derivations: Any) -> None:
    document = article(derivations("slides"), corrections=remarks(), form="index")
    assert headings(document)[-5:] == [
        "Corrections to the slides", "The chain rule (it occurs 2 times)", "A table", "The winners",
        "Right under a condition",
    ]
    text = render(document, "text")
    assert "printed:  dF/dP\n" in text and "derived:  dE/dP\n" in text
    assert "The factor is wrong. It is 3 & not 4." in text
    assert "[0 C[0,1]]   derived:   [0 dE/dP[0,0]]" in text
    assert "C[2,0] >= C[2,1]" in text and "provided that C[0,1] is the maximum." in text
    latex = render(document, "latex")
    assert r"\section{Corrections to the slides}" in latex and r"It is 3 \& not 4." in latex
    assert "Corrections" not in render(article(derivations("slides"), form="index"), "text")


def test_what_is_said_twice_is_said_once(derivations: Any) -> None:
    one, *_ = remarks()
    assert isinstance(one, Correction)
    text = render(article(derivations("slides"), corrections=(one, one), form="index"), "text")
    assert text.count("printed:  dF/dP") == 1 and text.count("The factor is wrong.") == 1


def test_corrections_with_one_cause_share_a_heading() -> None:
    def group(*where: tuple[str | Formula, ...], times: int = 1) -> str:
        formula, of = from_latex("0"), from_latex("C_{01}")
        parts = headline([Correction((*w, of), formula, formula, times=times) for w in where])
        return "".join(p if isinstance(p, str) else p.text for p in parts)

    assert group(("Mask table 1 of ",), ("Mask table 2 of ",), ("Mask table 3 of ",)) == (
        "Mask tables 1, 2 and 3 of C[0,1]"
    )
    assert group(("Mask table 1 of ",), ("Mask table 2 of ",), times=2) == (
        "Mask tables 1 and 2 of C[0,1] (they occur 4 times in all)"
    )
    assert group(("Mask table 4 of ",), times=2) == "Mask table 4 of C[0,1] (it occurs 2 times)"
    assert group(("Table 1 of ",), ("Mask 2 of ",), ("The formula for ",)) == "Table 1 of C[0,1] and 2 more like it"
    assert group(("Table 1 of ",), ("Table 2 with ",)) == "Table 1 of C[0,1] and 1 more like it"
    assert group(("The formula for ",)) == "The formula for C[0,1]"


def test_indices_in_sentences_are_mathematics(derivations: Any) -> None:
    document = article(derivations("slides"), wrt=[("C", None)], form="index")
    latex, text = render(document, "latex"), " ".join(render(document, "text").split())
    assert "The delta decides the index $p$, which leaves the sum" in latex and "Likewise for $q$." in latex
    assert "The delta decides the index p, which leaves the sum" in text and "Likewise for q." in text
    assert "where $p$ and $p'$ are the padding" in render(article(derivations("slides"), form="index"), "latex")


def test_pictures_mark_windows_and_winners(derivations: Any, examples: Any) -> None:
    document = article(derivations("slides"), values=examples("slides"))
    grids = [p for n in document.nodes if isinstance(n, Figure) for p in n.parts if isinstance(p, Grid)]
    windows = [g for g in grids if len(g.windows) == 4]
    assert windows and all(g.windows == ((0, 0, 2, 2), (0, 2, 2, 2), (2, 0, 2, 2), (2, 2, 2, 2)) for g in windows)
    assert all(g.winners == ((0, 1), (0, 2), (3, 1), (3, 2)) for g in windows)


def test_the_form_holds_for_an_entry_too(derivations: Any) -> None:
    def text(form: str) -> str:
        return render(article(derivations("slides"), wrt=[("F", (0, 1))], form=form), "text")

    written_out = "dE/dC[0,0] * A[0,1] + dE/dC[0,1] * A[0,2]"
    summed = "dE/dF[0,1] = sum(0 <= k < 4, 0 <= l < 4) dE/dC[k,l] * A"
    assert summed in text("index") and written_out not in text("index")
    assert written_out in text("expanded") and summed not in text("expanded")
    assert written_out in text("both") and summed in text("both")


def test_the_same_entry_twice_is_shown_once(derivations: Any) -> None:
    text = render(article(derivations("slides"), wrt=[("F", (0, 1)), ("F", (0, 1))]), "text")
    assert text.count("Where does") == 1
