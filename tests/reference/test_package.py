"""The package as a whole: its table of forward functions, its independence, its docstrings."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import symconv.reference
from symconv.reference import FORWARD

MODULES = [
    importlib.import_module(f"symconv.reference.{module.name}")
    for module in pkgutil.iter_modules(symconv.reference.__path__)
]


def test_forward_table() -> None:
    """One function for all ranks; otherwise each kind has the function of its name."""
    shared = {"conv": "conv", "max_pool": "max_pool", "avg_pool": "avg_pool"}
    for kind, function in FORWARD.items():
        bare = re.sub(r"[123]d$", "", kind)
        assert function.__name__ == shared.get(bare, bare), kind
    assert len(FORWARD) == 30


def test_importing_it_loads_no_other_part_of_symconv() -> None:
    script = (
        "import sys, symconv; before = set(sys.modules); import symconv.reference; "
        "print(*(set(sys.modules) - before))"
    )
    root = Path(symconv.__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    loaded = {name for name in run.stdout.split() if name.split(".")[0] == "symconv"}
    assert "symconv.reference" in loaded
    assert {name for name in loaded if name.split(".")[1] != "reference"} == set()


def test_it_imports_only_numpy_and_the_standard_library() -> None:
    for module in [symconv.reference, *MODULES]:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            else:
                continue
            for name in names:
                top = name.split(".")[0]
                assert (
                    top == "numpy" or top in sys.stdlib_module_names or name.startswith("symconv.reference")
                )


def test_everything_public_is_documented() -> None:
    for name in symconv.reference.__all__:
        thing = getattr(symconv.reference, name)
        if inspect.isfunction(thing):
            text = inspect.getdoc(thing) or ""
            assert all(word in text for word in ("Shapes:", "ValueError", ">>>")), name
