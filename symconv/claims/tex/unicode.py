"""Unicode mathematics as its TeX twin, character by character."""

from __future__ import annotations

GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "ϵ": "epsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "µ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "phi",
    "ϕ": "phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}

SYMBOLS = {
    "∂": r"\partial ",
    "∇": r"\nabla ",
    "∑": r"\sum ",
    "Σ": r"\sum ",
    "∏": r"\prod ",
    "×": r"\times ",
    "·": r"\cdot ",
    "⋅": r"\cdot ",
    "∙": r"\cdot ",
    "•": r"\cdot ",
    "∗": "*",
    "＊": "*",
    "⊙": r"\odot ",
    "◦": r"\circ ",
    "∘": r"\circ ",
    "⊗": r"\otimes ",
    "⋆": r"\star ",
    "★": r"\star ",
    "−": "-",
    "–": "-",
    "≤": r"\le ",
    "≥": r"\ge ",
    "≠": r"\ne ",
    "∈": r"\in ",
    "∀": r"\forall ",
    "∞": r"\infty ",
    "→": r"\to ",
    "←": r"\leftarrow ",
    "≈": r"\approx ",
    "≡": r"\equiv ",
    "…": r"\dots ",
    "⋯": r"\dots ",
    "⋮": r"\vdots ",
    "√": r"\sqrt ",
    "⌊": r"\lfloor ",
    "⌋": r"\rfloor ",
    "⌈": r"\lceil ",
    "⌉": r"\rceil ",
    "‖": r"\| ",
    "′": "'",
    "″": "''",
    "’": "'",
    "⊤": r"\top ",
    "（": "(",
    "）": ")",
    "［": "[",
    "］": "]",
    "｛": "{",
    "｝": "}",
    "＝": "=",
    "＋": "+",
    "－": "-",
    "，": ",",
    "、": ",",
    "；": ";",
    "：": ":",
    "／": "/",
    "｜": "|",
    "\u00a0": " ",
    "\u3000": " ",
    "\u2009": " ",
    "\u200a": " ",
    "\u202f": " ",
    "\u2061": " ",
    "\u200b": " ",
    "≜": ":=",
    "≔": ":=",
    "÷": "/",
    "⊛": r"\circledast ",
    "ℒ": r"\mathcal{L}",
    "½": r"\frac{1}{2}",
    "²": "^{2}",
    "³": "^{3}",
    "¹": "^{1}",
}

_SUB = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "0123456789+-=()aehijklmnoprstuvx", strict=True))
_SUP = dict(
    zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴸᴺᴹᵀ", "0123456789+-=()abcdefghijklmnoprstuvwxyzLNMT", strict=True)
)


def twin(text: str, at: int) -> tuple[str, int] | None:
    """The TeX for the character at a place and how many characters it stands for; None for one that is TeX already.

    >>> twin("x₁₂", 1), twin("∂E", 0), twin("E", 0)
    (('_{12}', 2), ('\\\\partial ', 1), None)
    """
    c = text[at]
    if c < "\x80":
        return None
    for table, mark in ((_SUB, "_"), (_SUP, "^")):
        if c in table:
            end = at
            while end < len(text) and text[end] in table:
                end += 1
            return f"{mark}{{{''.join(table[d] for d in text[at:end])}}}", end - at
    if c in SYMBOLS:
        return SYMBOLS[c], 1
    if c in GREEK:
        return f"\\{GREEK[c]} ", 1
    if "！" <= c <= "～":  # the full-width forms of ASCII
        return chr(ord(c) - 0xFEE0), 1
    return None
