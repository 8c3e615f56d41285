"""Arrays in memory that the caller gives: each from its offset to the next one, the last one to the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symconv.proofs.fault import Unreadable
from symconv.proofs.source import nodes

NAME = "workspace"


class Workspace:
    """The last argument, ``void *restrict workspace`` of so many bytes, and the arrays that are placed in it.

    An array is declared as ``T *restrict x = (T *)workspace`` or ``(T *)(void *)((char *)workspace + offset)``. Offsets
    are multiples of the element's size, so that every array is aligned as the whole is; no two arrays share a byte,
    since each ends where the next one begins.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.placed: dict[str, tuple[int, int]] = {}

    def take(self, parameter: Any) -> None:
        """The parameter; raises Unreadable when it is another."""
        pointer = parameter.type
        if parameter.name != NAME or type(pointer).__name__ != "PtrDecl" or "restrict" not in pointer.quals:
            raise Unreadable(f"the last argument is not void *restrict {NAME}")
        if _names(pointer.type) != ["void"]:
            raise Unreadable(f"the argument {NAME} is not void *")

    def array(self, name: str, kind: nodes.Kind, width: int, node: Any) -> nodes.Array:
        """An array whose length is known when all are."""
        start = self._offset(node.init)
        if "restrict" not in node.type.quals or start is None or start % width or not 0 <= start < self.size:
            raise Unreadable(f"the array {node.name} has no place in the {NAME}")
        if start in (offset for offset, _ in self.placed.values()):
            raise Unreadable(f"the array {node.name} lies where another does")
        self.placed[name] = (start, width)
        return nodes.Array(name, kind, 0)

    def _offset(self, init: Any) -> int | None:
        """The offset in bytes that an initial value states."""
        inner = init
        while type(inner).__name__ == "Cast" and type(inner.to_type.type).__name__ == "PtrDecl":
            inner = inner.expr
        if _is_workspace(inner) and inner is not init:
            return 0
        if type(inner).__name__ != "BinaryOp" or inner.op != "+" or type(inner.right).__name__ != "Constant":
            return None
        base = inner.left
        counts = type(base).__name__ == "Cast" and _names(base.to_type.type.type) == ["char"]
        return int(inner.right.value) if counts and _is_workspace(base.expr) and inner.right.type == "int" else None

    def laid_out(self, body: tuple[nodes.Statement, ...]) -> tuple[nodes.Statement, ...]:
        """The statements with the lengths of all arrays."""
        starts = sorted(start for start, _ in self.placed.values())
        ends = dict(zip(starts, [*starts[1:], self.size], strict=True))
        lengths = {name: (ends[start] - start) // width for name, (start, width) in self.placed.items()}
        found: list[nodes.Statement] = []
        for s in body:
            known = isinstance(s, nodes.Array) and s.name in lengths
            found.append(replace(s, length=lengths[s.name]) if isinstance(s, nodes.Array) and known else s)
        if not lengths.keys() <= {s.name for s in found if isinstance(s, nodes.Array)}:
            raise Unreadable("an array in the workspace is declared inside of a block")
        return tuple(found)


def _is_workspace(node: Any) -> bool:
    return type(node).__name__ == "ID" and node.name == NAME


def _names(declared: Any) -> list[str]:
    """The words of a plain type."""
    plain = type(declared).__name__ == "TypeDecl" and type(declared.type).__name__ == "IdentifierType"
    return list(declared.type.names) if plain else []
