"""A tensor that is read several times: its parts are marked until they are added up, the whole never is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from symconv.derivation.backpropagate import Gradient
from symconv.documents.compose.article import article
from symconv.documents.compose.expanded import Limit
from symconv.documents.compose.gradient import section
from symconv.documents.compose.ways import via
from symconv.documents.nodes import Document, Formula, Title
from symconv.documents.registry import render
from symconv.notation.tensor import Tensor

EXP = "E_exponentials"


def told(derivation: Any, name: str, at: tuple[int, ...] | None = None, form: str = "index") -> str:
    return render(article(derivation, wrt=[(name, at)], form=form), "text")


def equations(text: str, left: str) -> list[str]:
    """The right sides of one left side, in order."""
    return re.findall(rf"^ *{re.escape(left)} +(?:=|\+=) (.*)$", text, re.MULTILINE)


def test_the_mark_is_a_bar_with_the_tensor() -> None:
    whole = Formula(r"\frac{\partial E}{\partial Z_{o}}", "dE/dZ[o]")
    assert via(whole, (Tensor("e"),)) == Formula(
        r"\left.\frac{\partial E}{\partial Z_{o}}\right|_{e}", "dE/dZ[o] via e"
    )
    assert via(whole, (Tensor("E"), Tensor("e"))).text == "dE/dZ[o] via E, e"
    assert via(whole, ()) == whole


def test_each_way_is_marked_and_the_sum_is_stated(derivations: Any) -> None:
    text = told(derivations("slides"), "Z")
    assert equations(text, "dE/dZ[o] via E") == ["-[T = o]"]
    assert equations(text, f"dE/dZ[o] via {EXP}") == [
        f"sum(0 <= o' < 2) dE/d{EXP}[o'] * d{EXP}[o']/dZ[o]", f"dE/d{EXP}[o] * exp(Z[o] - E_shift)",
    ]
    first, *later = equations(text, "dE/dZ[o]")
    assert first == f"(dE/dZ[o] via E) + (dE/dZ[o] via {EXP})"
    assert f"= -[T = o] + dE/d{EXP}[o] * exp(Z[o] - E_shift)" in text
    # From the sum on, what is not marked is the whole gradient: it has both parts.
    assert len(later) == 5 and all("+" in right or " - " in right for right in later)
    assert later[-1] == "E_probability[o] - E_one_hot[o]"
    flat = " ".join(text.split())
    assert f"Z is read by the equations of E and {EXP}; each way is taken by itself" in flat
    assert f"dE/dZ via E is the part through E, dE/dZ via {EXP} is the part through {EXP}." in flat
    assert text.index("via E =") < text.index(f"via {EXP} =") < text.index("The ways add up")
    assert text.index("The ways add up") < text.rindex("Put in")


def test_marks_in_latex(derivations: Any) -> None:
    latex = render(article(derivations("slides"), wrt=[("Z", None)]), "latex")
    derivative = r"\frac{\partial E}{\partial Z_{o}}"
    exponentials = next(
        t for t in derivations("slides").model.program.tensors.values() if t.name == EXP
    )
    bar = exponentials.latex or exponentials.name
    one, other = rf"\left.{derivative}\right|_{{E}}", rf"\left.{derivative}\right|_{{{bar}}}"
    assert f"{one} = -[T = o]" in latex and f"{derivative} & = {one} + {other}" in latex
    assert f"{derivative} = -[T = o]\\" not in latex and rf"\shown{{{derivative} = -[T = o]}}" not in latex
    assert "$\\left.\\partial E/\\partial Z\\right|_{E}$ is the part through $E$" in latex


def test_the_sum_is_in_the_expanded_form(derivations: Any) -> None:
    text = told(derivations("slides"), "Z", form="expanded")
    assert equations(text, "dE/dZ") == [f"(dE/dZ via E) + (dE/dZ via {EXP})"]
    assert equations(text, "dE/dZ[o]") == [] and len(equations(text, f"dE/dZ[o] via {EXP}")) == 1
    assert "dE/dE " not in text


def test_one_entry_is_the_sum_of_its_parts(derivations: Any) -> None:
    text = told(derivations("slides"), "Z", (1,))
    assert equations(text, "dE/dZ[1]") == [
        f"(dE/dZ[1] via E) + (dE/dZ[1] via {EXP})", "E_probability[1] - E_one_hot[1]",
    ]
    assert equations(text, "dE/dZ[1] via E") == ["-[T = 1]"]
    assert equations(text, f"dE/dZ[1] via {EXP}") == [f"sum(0 <= o' < 2) dE/d{EXP}[o'] * d{EXP}[o']/dZ[1]"]


@pytest.mark.parametrize("name", ["slides", "odd", "strided", "big"])
def test_a_single_way_bears_no_mark(derivations: Any, name: str) -> None:
    derivation = derivations(name)
    single = [(g.of.name, None) for g in derivation.gradients.values() if len(g.contributions[0].layer.paths) == 1]
    assert len(single) >= len(derivation.gradients) - 1
    document = article(derivation, wrt=single)
    assert " via " not in render(document, "text") and r"\right|" not in render(document, "latex")


def test_several_layers_are_ways_too(derivations: Any) -> None:
    text = told(derivations("branches"), "A")
    assert "dE/dA = dS/dA * dE/dS + dR/dA * dE/dR" in text
    flat = " ".join(text.split())
    assert "A is read by the equations of S and R; each way is taken by itself" in flat
    first, *later = equations(text, "dE/dA[b,f]")
    assert first == "(dE/dA[b,f] via S) + (dE/dA[b,f] via R)" and later == []
    assert equations(text, "dE/dA[b,f] via S")[-1] == "sum(0 <= o < 2) dE/dS[b,o] * S_weight[o,f]"
    assert "= sum(0 <= o < 2) dE/dS[b,o] * S_weight[o,f] + sum(0 <= o < 2) dE/dR[b,o] * R_weight[o,f]" in text
    entry = told(derivations("branches"), "A", (0, 1))
    assert equations(entry, "dE/dA[0,1] via R") == ["sum(0 <= b' < 2, 0 <= o < 2) dE/dR[b',o] * dR[b',o]/dA[0,1]"]
    assert equations(entry, "dE/dA[0,1]")[0] == "(dE/dA[0,1] via S) + (dE/dA[0,1] via R)"


def test_ways_inside_of_ways(derivations: Any) -> None:
    # The error's layer reads Z in two ways; here it also counts as one of two readers.
    (c,) = derivations("slides").gradient("Z").contributions
    doubled = Gradient(derivations("slides").gradient("Z").of, (c, c))
    text = render(Document(Title(("T",)), section(doubled, "index", Limit(), None)), "text")
    both = f"dE/dZ[o] via E, {EXP}"
    assert equations(text, both)[0] == f"(dE/dZ[o] via E) + (dE/dZ[o] via {EXP})"
    assert equations(text, both)[-1] == "E_probability[o] - E_one_hot[o]"
    assert equations(text, "dE/dZ[o]") == [f"({both}) + ({both})"]
