"""What the generators of polynomials stand for: entries of arrays, and atoms such as exp or a maximum.

A generator is known by its key alone, so that equal things are one generator: ``("entry", "F", 3)`` is the entry at the
row-major place 3 of F, ``("exp", monomial, q)`` is exp(monomial/q), ``("poly", key)`` a whole polynomial by which
something is divided, ``("call", "sqrt", key)`` a function of a polynomial, ``("best", keys)`` the maximum of several,
``("arg", (key, place), ...)`` the place of the first maximum. Booleans come in groups of which at most one holds:
``("is", g)`` compares the integer generator g, ``("low", key)`` says that a polynomial is at most 0.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeAlias

from symconv.proofs.algebra.polynomial import BOOLEAN, GROUP, Polynomial, Value, generator, terms_of

Key: TypeAlias = tuple[Any, ...]

class Generators:
    """A growing table of generators; atoms come after what they are made of, so that their order is topological."""

    def __init__(self) -> None:
        self.keys: list[Key] = [("none",)]
        self.numbers: dict[Key, int] = {}
        self.arguments: dict[int, tuple[Value, ...]] = {}
        self.groups: list[Key] = []
        self.group_numbers: dict[Key, int] = {}
        self.members: dict[tuple[int, Hashable], int] = {}
        self.member_keys: dict[int, tuple[Key, Hashable]] = {}
        self.kept: dict[int, tuple[Value, Value]] = {}
        self.counts: dict[int, int] = {}

    def number(self, key: Key, arguments: tuple[Value, ...] = ()) -> int:
        """The generator of a key, made when it is new; ``arguments`` are the values that an atom is made of."""
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.keys)
            self.keys.append(key)
            if arguments:
                self.arguments[found] = arguments
        return found

    def entry(self, tensor: str, place: int) -> Polynomial:
        """The entry of a tensor at a row-major place."""
        return generator(self.number(("entry", tensor, place)))

    def entries(self, tensor: str, length: int) -> list[Polynomial]:
        """All entries of a tensor."""
        return [self.entry(tensor, n) for n in range(length)]

    def boolean(self, group: Key, member: Hashable = True) -> int:
        """The boolean of a group; of one group at most one holds."""
        g = self.group_numbers.get(group)
        if g is None:
            g = self.group_numbers[group] = len(self.groups)
            self.groups.append(group)
        found = self.members.get((g, member))
        if found is None:
            n = self.counts.get(g, 0)
            self.counts[g] = n + 1
            found = self.members[g, member] = BOOLEAN + (g << GROUP) + n
            self.member_keys[found] = (group, member)
        return found

    def key(self, g: int) -> Key:
        """The key of a generator that is no boolean."""
        return self.keys[g]


def key_of(value: Value) -> Hashable:
    """A hashable form of a value; equal polynomials have equal keys."""
    return frozenset(terms_of(value).items())
