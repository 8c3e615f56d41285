"""The import order of the package, the size of its modules, and text that names this or that machine.

Imports point down the layers below. An import inside a function counts for the direction as well; only what
runs when a module is imported counts for cycles and for what has to load lazily.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
LONGEST_MODULE = 400

# From the top to the bottom; names on one line never import one another.
LAYERS = (
    ("__main__",),
    ("cli", "commands", "benchmarks", "training"),
    ("pipeline",),
    ("errata",),
    ("proofs", "claims", "documents"),
    ("backends",),
    ("kernels",),
    ("derivation",),
    ("importers",),
    ("model",),
    ("layers",),
    ("notation",),
    ("console", "paths"),
    ("errors",),
)
RANK = {layer: rank for rank, line in enumerate(LAYERS) for layer in line}

# Beside the order: who may import these, and what they may import themselves.
ASIDE = {
    "reference": (("proofs", "training"), ()),
    "templating": (("backends", "documents"), ("errors",)),
}

# What must not be loaded, not even by a detour, when the layer is imported.
HEAVY = ("sympy", "numpy", "jinja2")
HEAVY_OR_SHOWY = (*HEAVY, "rich")
LAZY = {
    "": HEAVY_OR_SHOWY,
    "__main__": HEAVY_OR_SHOWY,
    "cli": HEAVY_OR_SHOWY,
    "commands": HEAVY_OR_SHOWY,
    "benchmarks": HEAVY_OR_SHOWY,
    "console": HEAVY_OR_SHOWY,
    "paths": HEAVY_OR_SHOWY,
    "errors": HEAVY_OR_SHOWY,
    "reference": ("sympy",),
}


@dataclass(frozen=True, slots=True)
class Import:
    """``module`` of the package imports ``target``; ``at_once`` unless in a function or for types only."""

    module: str
    target: str
    line: int
    at_once: bool

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


# ------------------------------------------------------------ reading


def statements(node: ast.AST, at_once: bool = True) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Every import statement below a node, and whether it runs when the module is imported."""
    match node:
        case ast.Import() | ast.ImportFrom():
            yield node, at_once
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            at_once = False
        case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            for child in node.body:
                yield from statements(child, False)
            for child in node.orelse:
                yield from statements(child, at_once)
            return
    for child in ast.iter_child_nodes(node):
        yield from statements(child, at_once)


def modules(package: Path) -> dict[str, Path]:
    """The modules by their dotted names; a folder without ``__init__.py`` has none of its own."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        inner = path.relative_to(package.parent).with_suffix("")
        parts = inner.parts[:-1] if inner.name == "__init__" else inner.parts
        if "_templates" not in parts:
            found[".".join(parts)] = path
    return found


def imports(package: Path) -> list[Import]:
    """Every import in a package: to modules of its own, and to the top-level names of others."""
    root, known = package.name, modules(package)
    parents = {name.rpartition(".")[0] for name in known}
    submodules = known.keys() | parents | {f"{root}.{layer}" for layer in RANK | ASIDE}

    def targets(statement: ast.Import | ast.ImportFrom, name: str, path: Path) -> Iterator[str]:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
            return
        base = statement.module or ""
        if statement.level:
            inside = name.split(".") + (["__init__"] if path.name == "__init__.py" else [])
            base = ".".join([*inside[: -statement.level], *filter(None, [statement.module])])
        for alias in statement.names:
            inner = f"{base}.{alias.name}"
            is_name = base == root and inner not in submodules  # such as __version__
            yield inner if inner in submodules or is_name else base

    found = []
    for name, path in known.items():
        for statement, at_once in statements(ast.parse(path.read_text(encoding="utf-8"))):
            for target in dict.fromkeys(targets(statement, name, path)):
                own = target == root or target.startswith(root + ".")
                found.append(Import(name, target if own else target.split(".")[0], statement.lineno, at_once))
    return found


# ------------------------------------------------------------ judging


def layer(name: str) -> str:
    """``symconv.kernels.engines.tile`` is of the layer ``kernels``, ``symconv`` of the layer with no name."""
    return [*name.split("."), ""][1]


def direction(found: Import) -> str | None:
    """Why an import of one of the package's own modules is not allowed, or None."""
    above, below = layer(found.module), layer(found.target)
    if above == "" or (above == below and found.target.count(".")):
        return None
    if below in ("", "__version__"):
        return None if below else "the package's own names are for its users; name the module"
    for name in (above, below):
        if name not in RANK and name not in ASIDE:
            return f"{name} is not in the list of layers"
    if below in ASIDE:
        users, _ = ASIDE[below]
        return None if above in users else f"{below} is only for {' and '.join(users)}"
    if above in ASIDE:
        _, used = ASIDE[above]
        return None if below in used else f"{above} may import only {', '.join(used) or 'itself'} of ours"
    return None if RANK[above] < RANK[below] else f"{below} is not below {above}"


def stranger(found: Import) -> str | None:
    """Why an import from outside of the package is not allowed, or None."""
    where = layer(found.module)
    if found.target == "jinja2" and where != "templating":
        return "only templating may"
    if where == "reference" and found.target not in sys.stdlib_module_names | {"numpy"}:
        return "reference may import only NumPy and the standard library"
    return None


def cycle(edges: Mapping[str, set[str]]) -> list[str] | None:
    """Some cycle of a graph as the names along it, or None."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str] | None:
        if name in path:
            return [*path[path.index(name) :], name]
        if name not in done:
            done.add(name)
            for target in sorted(edges.get(name, ())):
                if found := visit(target, [*path, name]):
                    return found
        return None

    return next((found for name in sorted(edges) if (found := visit(name, []))), None)


def loaded(start: str, edges: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """What importing a module loads, each with the way that leads to it; a module loads its parents too."""
    ways, queue = {start: [start]}, [start]
    for name in queue:
        parents = {name.rpartition(".")[0]} - {""}
        for target in sorted(edges.get(name, set()) | parents):
            if target not in ways:
                ways[target] = [*ways[name], target]
                queue.append(target)
    return ways


def complaints(package: Path) -> list[str]:
    """Everything that is wrong with the imports of a package."""
    root, found = package.name, imports(package)
    edges: dict[str, set[str]] = {name: set() for name in modules(package)}
    wrong = []
    for one in found:
        own = one.target == root or one.target.startswith(root + ".")
        if reason := (direction if own else stranger)(one):
            wrong.append(f"{one}: {reason}")
        if one.module == root and one.at_once and one.target.split(".")[0] not in sys.stdlib_module_names:
            wrong.append(f"{one}: the package's names are loaded lazily")
        if one.at_once:
            edges[one.module].add(one.target)
    if around := cycle(edges):
        wrong.append("a cycle of imports: " + " -> ".join(around))
    for name in edges:
        ways = loaded(name, edges)
        for heavy in LAZY.get(layer(name), ()):
            if heavy in ways:
                wrong.append(f"{name} must not load {heavy} on import: " + " -> ".join(ways[heavy]))
    return wrong


def test_imports_point_down() -> None:
    assert complaints(CHECKOUT / "symconv") == []


# ------------------------------------------------------------ the checker itself

Tree = Callable[[dict[str, str]], Path]

SOUND = {
    "symconv/__init__.py": "def __getattr__(name):\n    from symconv.pipeline import derive\n",
    "symconv/__main__.py": "from symconv.cli import main\n",
    "symconv/cli.py": "from symconv import __version__\ndef main():\n    from . import pipeline\n",
    "symconv/pipeline.py": "from symconv import claims, documents, proofs\nfrom symconv.layers import conv\n",
    "symconv/proofs/__init__.py": "import numpy\nfrom symconv.reference import conv2d\n",
    "symconv/documents/__init__.py": "from symconv import templating\nfrom ..derivation.step import Step\n",
    "symconv/claims/__init__.py": "from ..notation import Index\n",
    "symconv/derivation/__init__.py": "from .step import Step\n",
    "symconv/derivation/step.py": "import sympy\nfrom ..notation import Index\nfrom .rules import swap\n",
    "symconv/derivation/rules/swap.py": "def rule():\n    from symconv.derivation.step import Step\n",
    "symconv/layers/conv.py": "from symconv.notation.index import Index\n",
    "symconv/notation/__init__.py": "from symconv.notation.index import Index\n",
    "symconv/notation/index.py": "import sympy\nfrom symconv.errors import SizeError\n",
    "symconv/reference/__init__.py": "from symconv.reference.conv import conv2d\n",
    "symconv/reference/conv.py": "import math\nimport numpy.typing\n",
    "symconv/templating.py": "import jinja2.meta\nfrom symconv.errors import PathError\n",
    "symconv/errors.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import sympy\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write a package: the sound one above with some modules replaced or added."""

    def tree(planted: dict[str, str]) -> Path:
        for name, text in (SOUND | planted).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "symconv"

    return tree


def test_a_sound_tree_has_no_complaints(tree: Tree) -> None:
    assert complaints(tree({})) == []


@pytest.mark.parametrize(
    ("module", "text", "complaint"),
    [
        # upwards, written in every way that Python knows
        ("notation/tensor.py", "import symconv.layers.conv", "layers is not below notation"),
        ("notation/tensor.py", "from symconv.layers import conv", "layers is not below notation"),
        ("notation/tensor.py", "from symconv import layers", "layers is not below notation"),
        ("notation/tensor.py", "from .. import layers", "layers is not below notation"),
        ("notation/tensor.py", "from ..layers.conv import conv2d", "layers is not below notation"),
        ("notation/printing/latex.py", "from ...model import Model", "model is not below notation"),
        ("notation/tensor.py", "from symconv import kernels", "kernels is not below notation"),
        ("layers/relu.py", "def f():\n    from symconv.model import Model", "model is not below layers"),
        ("layers/relu.py", "class A:\n    import symconv.model", "model is not below layers"),
        ("layers/relu.py", "try:\n    pass\nfinally:\n    import symconv.model", "model is not below layers"),
        ("errors.py", "if TYPE_CHECKING:\n    import symconv.notation.index", "notation is not below errors"),
        ("model.py", "from symconv.importers import toml", "importers is not below model"),
        ("pipeline.py", "from symconv.cli import main", "cli is not below pipeline"),
        ("cli.py", "def f():\n    from symconv.benchmarks import run", "benchmarks is not below cli"),
        ("notation/tensor.py", "from symconv import derive", "derive is not in the list of layers"),
        ("notation/tensor.py", "import symconv", "name the module"),
        # beside
        ("documents/tex.py", "from symconv.proofs import report", "proofs is not below documents"),
        ("claims/parse.py", "from symconv.documents import tex", "documents is not below claims"),
        ("proofs/report.py", "def f():\n    import symconv.claims", "claims is not below proofs"),
        # aside
        ("layers/relu.py", "from ..reference import conv2d", "reference is only for proofs and training"),
        ("pipeline.py", "from symconv import reference", "reference is only for proofs and training"),
        ("reference/relu.py", "from symconv.errors import SizeError", "reference may import only itself"),
        ("reference/relu.py", "import scipy", "only NumPy and the standard library"),
        ("reference/relu.py", "def f():\n    import sympy", "only NumPy and the standard library"),
        ("kernels/c.py", "from symconv import templating", "templating is only for backends and documents"),
        ("templating.py", "from symconv.notation import Index", "templating may import only errors"),
        ("backends/c.py", "from jinja2 import Environment", "imports jinja2: only templating may"),
        ("helpers.py", "import symconv.errors", "helpers is not in the list of layers"),
        # loaded too early
        ("cli.py", "import sympy as sp", "cli must not load sympy on import: symconv.cli -> sympy"),
        ("cli.py", "import rich.table", "cli must not load rich on import"),
        ("commands/build.py", "import symconv.pipeline", "not load sympy on import: symconv.commands.build"),
        ("cli.py", "from symconv.commands import build", "commands is not below cli"),
        ("paths.py", "from symconv.notation import Index", "notation is not below paths"),
        ("cli.py", "import symconv.pipeline", "not load sympy on import: symconv.cli -> symconv.pipeline"),
        ("errors.py", "import numpy", "errors must not load numpy"),
        ("__init__.py", "from symconv.pipeline import derive", "loaded lazily"),
        ("__init__.py", "import rich", "loaded lazily"),
        # around
        ("notation/index.py", "from symconv.notation import Index", "notation -> symconv.notation.index"),
        ("notation/index.py", "from . import Index", "a cycle of imports"),
        ("derivation/rules/swap.py", "from ..step import Step", "a cycle of imports"),
    ],
)
def test_a_planted_import_is_found(tree: Tree, module: str, text: str, complaint: str) -> None:
    wrong = complaints(tree({f"symconv/{module}": text + "\n"}))
    assert any(complaint in line for line in wrong), wrong


# ------------------------------------------------------------ size and paths


def test_no_module_is_long() -> None:
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines())
        for name, path in modules(CHECKOUT / "symconv").items()
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


PATHS = re.compile(rb"(?<![\w.>}\)\]-])/(?:home|root|work|tmp)/[^\n]{0,40}")


def paths_in(files: Iterator[Path]) -> list[str]:
    """The absolute paths of somebody's machine in some files, as ``file: path``."""
    return [
        f"{file.name}: {found.group().decode(errors='replace')}"
        for file in files
        for found in PATHS.finditer(file.read_bytes())
    ]


def texts() -> Iterator[Path]:
    yield CHECKOUT / "pyproject.toml"
    yield from sorted(CHECKOUT.glob("*.md"))
    for folder in ("symconv", "templates", "generated"):
        inside = sorted((CHECKOUT / folder).rglob("*"))
        yield from (path for path in inside if path.is_file() and "__pycache__" not in path.parts)


def test_no_text_names_a_machine_s_folders() -> None:
    assert paths_in(texts()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('#include "/tmp' + '/build/kernel.h"', True),
        ("see /home/somebody/models", True),
        ("path=/root" + "/x", True),
        ("file:///home/main", True),
        ("https://example.org/home/index.html", False),
        ("<b>a</b>/home/ per second", False),
        ("relative/tmp/file", False),
    ],
)
def test_paths_are_found(tmp_path: Path, text: str, found: bool) -> None:
    file = tmp_path / "text"
    file.write_text(text, encoding="utf-8")
    assert bool(paths_in(iter([file]))) is found
