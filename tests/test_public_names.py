"""The names that ``import symconv`` offers: all there, all lazy, layers found by the registry."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import symconv
from symconv.layers.common.registry import classes, layer_class

CHECKOUT = Path(__file__).parents[1]


def test_every_public_name_is_there() -> None:
    for name in symconv.__all__:
        assert getattr(symconv, name) is not None
        assert name in dir(symconv)
    assert len(set(symconv.__all__)) == len(symconv.__all__)


def test_every_layer_is_a_public_name() -> None:
    for name, kind in classes().items():
        assert getattr(symconv, name) is layer_class(kind)
        assert name in symconv.__all__


def test_what_is_loaded_is_what_is_declared_for_types() -> None:
    """The lazily loaded names are those of the block for type checkers, from the same modules."""
    tree = ast.parse(Path(symconv.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    lines = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    declared = {alias.name: line.module for line in lines for alias in line.names}
    assert {*declared, "__version__"} == set(symconv.__all__)
    for name, module in declared.items():
        assert getattr(symconv, name) is getattr(sys.modules[str(module)], name)


@pytest.mark.parametrize("name", ["nope", "Nope", "__wrapped__", "conv2d", "Layer"])
def test_other_names_do_not_exist(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"module 'symconv' has no attribute '{name}'"):
        getattr(symconv, name)


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "{'sympy', 'numpy', 'jinja2', 'rich'}"
    program = f"import sys, symconv; print(sorted({heavy} & set(sys.modules)), symconv.__version__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert done.stdout == f"[] {symconv.__version__}\n"
