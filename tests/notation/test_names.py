"""Names that users give: only identifiers that no target language needs for itself."""

from __future__ import annotations

import keyword
import re
import shutil
import subprocess

import pytest

from symconv.errors import NamingError
from symconv.notation.names import RESERVED, check_distinct, check_name


@pytest.mark.parametrize("name", ["A", "F", "dC_dF", "x1", "Kernel_3", "a" * 31, "input", "filter", "M_1"])
def test_names_that_may_be(name: str) -> None:
    assert check_name("here", name) == name


@pytest.mark.parametrize(
    "name",
    [
        'x; system("id"); //', "*/ int evil; /*", "A\\", "A??/", "a\n", "a\nb", '"""', "{{7*7}}",
        "é", "\u0441", "A\u0301",
        "\uff21", "1x", "_x", "", " ", "A ", "a-b", "a.b", "a b", "a" * 32, "\x00", "a\x00", "$x", "A'", "\\input{x}",
        "__import__('os')", None, 3, True, b"A", ["A"], object,
    ],
    ids=repr,
)
def test_what_is_not_an_identifier_is_refused_in_one_line(name: object) -> None:
    with pytest.raises(NamingError) as caught:
        check_name("layer", name, what="weight name")
    message = str(caught.value)
    assert re.fullmatch(r"layer: weight name .{1,60} is not an identifier; use a letter followed by .*", message)
    assert "\n" not in message and "\x00" not in message


C99 = (
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while"
)
CPP20 = (
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class "
    "compl concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype "
    "default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline "
    "int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public "
    "register reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch "
    "template this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile "
    "wchar_t while xor xor_eq"
)
OWN = ("acc", "value", "workspace", "n", "best", "best0", "place", "place17", "axis0", "symconv_expf", "SYMCONV_X")
OTHERS = (
    "main I NULL NAN INFINITY errno expf logl sqrtf sin y0 j1 size_t int32_t math np range float M_PI linux unix typeof"
)


@pytest.mark.parametrize(
    "name",
    sorted({*C99.split(), *CPP20.split(), *OTHERS.split(), *keyword.kwlist, *keyword.softkwlist, *OWN} - {"_"}),
)
def test_words_of_the_targets_are_reserved(name: str) -> None:
    with pytest.raises(NamingError, match="is reserved; choose another name"):
        check_name("layer", name)


@pytest.mark.parametrize("name", ["A_", "k__"])
def test_a_trailing_underscore_is_ours(name: str) -> None:
    with pytest.raises(NamingError, match="is reserved"):
        check_name("layer", name)


def test_distinct_names() -> None:
    check_distinct("layer", ["A", "B"], ["C"], why="is taken")
    with pytest.raises(NamingError, match=r"^layer: name 'B' is taken; choose another name$"):
        check_distinct("layer", ["A", "B"], iter(["B"]), why="is taken")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc to ask for its macros")
@pytest.mark.parametrize("standard", ["-std=c99", "-std=gnu99", "-std=gnu17"])
def test_every_macro_of_the_included_header_is_reserved(standard: str) -> None:
    """The preprocessor would replace such a name inside the generated source."""
    done = subprocess.run(
        ["gcc", standard, "-dM", "-E", "-x", "c", "-"], input="#include <math.h>\n", capture_output=True, text=True,
        check=True,
    )
    found = re.findall(r"^#define ([A-Za-z][A-Za-z0-9_]{0,30}) ", done.stdout, re.MULTILINE)
    assert "HUGE_VAL" in found
    for name in found:
        with pytest.raises(NamingError, match="is reserved"):
            check_name("layer", name)


def test_the_reserved_words_are_words() -> None:
    assert all(re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", word) for word in RESERVED)
