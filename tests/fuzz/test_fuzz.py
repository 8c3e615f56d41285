"""Whatever comes in, only a SymconvError comes out: the TOML reader, the command line, the API."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import symconv
from symconv import SymconvError
from symconv.cli import main
from symconv.importers.toml import read_model
from symconv.layers.common.registry import kinds, layer_class
from tests.refusals import MODEL

TOTAL = 50_000
SLICE = 400
QUIET = list(HealthCheck)

ODD = st.sampled_from(
    [
        "", " ", "\x00", "\n", "é", "\u202e", "*/", '"', "'", "\\", "{{x}}", "../x", "/etc/passwd", "-", "--",
        "0", "-1", "1e999999999", "9**9**9", "nan", "inf", "true", "None", "2147483648", "65536",
        "x" * 300, "C", "F,0", "a=b",
        r"\input{/etc/passwd}", r"\write18{id}", "<script>", "__import__('os').getpid()", "lambda", "[", "]", "{", "}",
    ]
)
NUMBERS = st.one_of(st.integers(-3, 9), st.integers(), st.floats(), st.booleans(), st.none(), ODD)
LINES = MODEL.splitlines()


@st.composite
def models(draw: st.DrawFn) -> str:
    """The sound model with a few lines changed, dropped, doubled or exchanged, or odd text among them."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        n = draw(st.integers(0, len(lines) - 1))
        key = lines[n].split("=")[0]
        value = draw(st.one_of(ODD, st.text(max_size=8), st.integers().map(str), st.integers(-2, 9).map(str)))
        match draw(st.integers(0, 5)):
            case 0:
                lines[n] = f"{key} = {value}"
            case 1:
                lines[n] = f'{key} = "{value}"'
            case 2:
                lines[n] = f"{key} = [{value}, {value}]"
            case 3:
                del lines[n]
            case 4:
                lines.insert(n, lines[draw(st.integers(0, len(lines) - 1))])
            case _:
                lines.insert(n, value)
    return "\n".join(lines)


def toml(text: str) -> None:
    with contextlib.suppress(SymconvError):
        read_model(text, where="m.toml", max_entries=10_000)


COMMANDS = ("build", "derive", "generate", "prove", "bench", "models", "layers", "explain")
OPTIONS = (
    "--out", "--json", "--wrt", "--entry", "--form", "--full", "--format", "--layer", "--target", "--style", "--dtype",
    "--hvp", "--max-entries", "--check", "--sweep", "--seed", "--jobs", "--report", "--exhaustive", "--equation",
    "--shape", "--help", "--version",
)
WORDS = st.one_of(st.sampled_from(("none.toml", "m.toml", "folder", "c", "numpy", "unrolled", "float32", "text")), ODD)


@st.composite
def arguments(draw: st.DrawFn) -> list[str]:
    """A command line, mostly wrong; no model that exists, so that nothing long is begun."""
    command = draw(st.one_of(st.sampled_from(COMMANDS), ODD))
    words = draw(st.lists(st.one_of(st.sampled_from(OPTIONS), WORDS), max_size=5))
    if command in COMMANDS[:5]:
        words.insert(0, draw(st.sampled_from(("none.toml", "m.toml", "folder", "\x00", "x" * 300, ".", ".."))))
    return [command, *words]


def command_line(argv: list[str]) -> None:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(argv)
    assert code in (0, 1, 2), argv
    assert "Traceback" not in err.getvalue()
    if code == 2:
        assert len(err.getvalue().splitlines()) == 1, (argv, err.getvalue())


FIELDS = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias", "dim")


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any], Any, Any, dict[str, Any]]:
    """A layer, its options, a shape, a gradient and options of ``kernel``, any of which may be nonsense."""
    small = st.one_of(st.integers(-1, 4), st.tuples(st.integers(0, 3), st.integers(0, 3)), NUMBERS)
    options = draw(st.dictionaries(st.sampled_from(FIELDS), small, max_size=5))
    shape = draw(st.one_of(st.lists(st.one_of(st.integers(-1, 6), NUMBERS), max_size=5), NUMBERS))
    gradient = draw(st.one_of(st.none(), st.sampled_from(("input", "weight", "bias")), ODD))
    others = draw(
        st.fixed_dictionaries(
            {}, optional={"dtype": st.one_of(st.sampled_from(("float32", "float64")), NUMBERS), "style": WORDS},
        )
    )
    return draw(st.sampled_from(kinds())), options, shape, gradient, others


def api(request: tuple[str, dict[str, Any], Any, Any, dict[str, Any]]) -> None:
    kind, options, shape, gradient, others = request
    cls: Any = layer_class(kind)
    known = {k: v for k, v in options.items() if k in getattr(cls, "__dataclass_fields__", {})}
    with contextlib.suppress(SymconvError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        needed = [f.name for f in dataclasses.fields(cls) if f.default is dataclasses.MISSING]
        if not set(needed) <= set(known):
            return  # Python itself refuses a call without them
        layer = cls(**known)
        symconv.kernel(layer, shape, gradient, target="python", max_entries=2000, **others)


def place(tmp_path: Path) -> None:
    os.chdir(tmp_path)
    (tmp_path / "m.toml").write_text("[model]\nname = 3\n", encoding="utf-8")
    (tmp_path / "folder").mkdir(exist_ok=True)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    place(tmp_path)
    return tmp_path


def fuzz(strategy: Any, f: Any, count: int) -> None:
    @settings(max_examples=count, deadline=None, suppress_health_check=QUIET, database=None)
    @given(strategy)
    def run(value: Any) -> None:
        f(value)

    run()


PARTS = [(models(), toml, 0.5), (arguments(), command_line, 0.25), (requests(), api, 0.25)]
IDS = ["toml", "command line", "api"]


@pytest.mark.parametrize(("strategy", "f", "share"), PARTS, ids=IDS)
def test_a_slice_of_odd_input(here: Path, strategy: Any, f: Any, share: float) -> None:
    fuzz(strategy, f, int(SLICE * share))


@pytest.mark.marathon
@pytest.mark.parametrize(("strategy", "f", "share"), PARTS, ids=IDS)
def test_fifty_thousand_odd_inputs(here: Path, strategy: Any, f: Any, share: float) -> None:
    fuzz(strategy, f, int(TOTAL * share))
