"""Names: one rule for every name that a user gives, because it ends up in C, Python and TeX alike."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from symconv.errors import NamingError, show

PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")

C_WORDS = (
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
    "alignas alignof and asm bool catch class concept constexpr decltype delete explicit export false friend mutable "
    "namespace new noexcept not nullptr operator or private protected public requires template this throw true try "
    "typeid typename using virtual xor and_eq bitand bitor compl not_eq or_eq xor_eq char8_t char16_t char32_t wchar_t "
    "const_cast dynamic_cast reinterpret_cast static_cast static_assert thread_local consteval constinit "
    "co_await co_return co_yield typeof typeof_unqual linux unix i386 "
    "main errno NULL NAN INFINITY EOF I DOMAIN OVERFLOW UNDERFLOW SING MAXFLOAT math_errhandling "
    "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t size_t ptrdiff_t"
)
MATH_WORDS = (
    "acos asin atan atan2 cos sin tan cosh sinh tanh acosh asinh atanh exp exp2 expm1 log log10 log1p log2 logb pow "
    "sqrt cbrt hypot erf erfc tgamma lgamma ceil floor nearbyint rint lround round trunc fmod remainder copysign nan "
    "nextafter fdim fmax fmin fma fabs abs isnan isinf isfinite signbit ldexp frexp modf y0 y1 yn j0 j1 jn gamma"
)
PYTHON_WORDS = (
    "math np numpy range len float print list tuple dict set str type None True False self min max sum object"
)

MACROS = re.compile(
    r"(FP_|MATH_ERR|HUGE_VAL|SNAN)[A-Z0-9_]*"
    r"|M_([12]_)?(E|LOG2E|LOG10E|LN2|LN10|PI|PI_2|PI_4|SQRTPI|SQRT2|SQRT1_2)[a-z0-9]*"
)
"""Macros of math.h in all its dialects: the preprocessor would replace them."""

RESERVED = frozenset(
    (
        *keyword.kwlist, *keyword.softkwlist, *C_WORDS.split(), *PYTHON_WORDS.split(),
        *(word + suffix for word in MATH_WORDS.split() for suffix in ("", "f", "l")),  # of math.h for each type
    )
)
LOCALS = re.compile(r"acc|value|workspace|n|(best|place)[0-9]*|axis[0-9]+|symconv_.*|SYMCONV_.*")
"""Names that generated code uses for itself."""


def check_name(where: str, name: object, *, what: str = "name") -> str:
    """The name, if it may stand in every target.

    Raises NamingError for anything but a letter followed by at most 30 letters, digits or underscores, and for words
    that C, C++, Python or the generated code need.
    """
    if not isinstance(name, str) or not PATTERN.fullmatch(name):
        raise NamingError(
            where,
            f"{what} {show(name)} is not an identifier",
            "use a letter followed by at most 30 letters, digits or underscores",
        )
    if name in RESERVED or LOCALS.fullmatch(name) or name.endswith("_") or MACROS.fullmatch(name):
        raise NamingError(where, f"{what} {show(name)} is reserved", "choose another name")
    return name


def check_distinct(where: str, names: Iterable[str], taken: Iterable[str], *, why: str) -> None:
    """Raises NamingError when one of the names is taken."""
    used = set(taken)
    for name in names:
        if name in used:
            raise NamingError(where, f"name {show(name)} {why}", "choose another name")
