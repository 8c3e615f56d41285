"""Region: the domain of a Nest as array axes, with a few indices left to Python loops.

An index that shares a subscript with another one (``s*k + d*i - p``) cannot both be axes of plain slices; the loops
take the smallest set of indices that leaves at most one to each subscript: the taps of a window. What the Ranges
then say of the other indices is an interval, so that padding is never made and never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import combinations

from symconv.backends.vectorise.nest import Access, Form, Nest
from symconv.backends.vectorise.text import transposed
from symconv.backends.vectorise.writer import Writer

LIMIT = 1024
"""The most passes that the loops of one term may make."""

Interval = tuple[int, int]


def choose_loops(nest: Nest, accesses: Sequence[Access], allowed: Sequence[str]) -> tuple[str, ...] | None:
    """The smallest set of the allowed indices (by passes, then latest first) to loop over, in the nest's order.

    None when no set will do: a subscript of two other indices, or the same index in two subscripts of one tensor.
    """
    forms = [f for a in accesses for f in a.forms] + [f for f, _, _ in nest.ranges]
    mixed = {z for f in forms if len(f.names) > 1 for z in f.names}
    candidates = [z for z in nest.extents if z in mixed and z in allowed]
    best: tuple[tuple[int, int], tuple[str, ...]] | None = None
    for count in range(len(candidates) + 1):
        for chosen in combinations(candidates, count):
            key = (nest.size(chosen), -sum(list(nest.extents).index(z) for z in chosen))
            if (best is None or key < best[0]) and _separates(frozenset(chosen), accesses, forms):
                best = (key, chosen)
    return best[1] if best and best[0][0] <= LIMIT else None


def _separates(loops: frozenset[str], accesses: Sequence[Access], forms: Sequence[Form]) -> bool:
    if any(len(f.without(loops)) > 1 for f in forms):
        return False
    for a in accesses:
        left = [z for f in a.forms for z, _ in f.without(loops)]
        if len(set(left)) < len(left):
            return False
    return True


@dataclass
class Region:
    """Prints the loops and, inside them, each access as slices aligned to the axes ``domain``."""

    nest: Nest
    writer: Writer
    loops: tuple[str, ...]
    domain: tuple[str, ...]

    def __post_init__(self) -> None:
        self.fixed = frozenset(self.loops)
        self.locals: dict[str, str] = {z: self.writer.name(z) for z in self.loops}
        self.part: dict[str, Interval | str] = {}
        self.ranges: dict[str, list[tuple[Form, int, int]]] = {}
        self.conditions: list[tuple[Form, int, int]] = []
        self.never = False
        for form, low, high in self.nest.ranges:
            left = form.without(self.fixed)
            if left:
                self.ranges.setdefault(left[0][0], []).append((form, low, high))
            elif form.names:
                self.conditions.append((form, low, high))
            elif not low <= form.constant < high:
                self.never = True
        for z, n in self.nest.extents.items():
            if z not in self.fixed:
                self.part[z] = (0, n)
        for z in [z for z, rs in self.ranges.items() if not any(self.fixed & set(f.names) for f, _, _ in rs)]:
            self.part[z] = _narrow((0, self.nest.extents[z]), self.ranges.pop(z))

    @property
    def empty(self) -> bool:
        """Whether the numbers alone leave nothing to do."""
        return self.never or any(isinstance(p, tuple) and p[0] >= p[1] for p in self.part.values())

    @property
    def uncut(self) -> bool:
        """Whether there are no loops and every index runs over its whole extent."""
        return not self.loops and all(p == (0, self.nest.extents[z]) for z, p in self.part.items())

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The loops, each followed by the parts of the indices that it decides."""
        with ExitStack() as stack:
            self._decided(())
            for n, z in enumerate(self.loops):
                stack.enter_context(self.writer.block(f"for {self.locals[z]} in range({self.nest.extents[z]}):"))
                self._decided(self.loops[: n + 1])
            yield

    def _decided(self, known: tuple[str, ...]) -> None:
        """The slices and conditions that the innermost known loop completes."""
        last = set(known[-1:])
        for form, low, high in self.conditions:
            used = set(form.names)
            if used <= set(known) and (last <= used):
                self.writer.line(f"if not {low} <= {form.text(self.locals)} < {high}:")
                self.writer.line("    continue")
        for z, ranges in list(self.ranges.items()):
            used = {y for f, _, _ in ranges for y in f.names} & self.fixed
            if used <= set(known) and last <= used:
                inner = f"np.s_[0:{self.nest.extents[z]}]"
                self.writer.use("_inside")
                for form, low, high in ranges:
                    ((_, a),) = form.without(self.fixed)
                    offset = form.part(self.fixed).plus(-low).text(self.locals)
                    inner = f"_inside({inner}, {a}, {offset}, {high - low})"
                self.part[z] = self.locals[z] = self.writer.let(z, inner)

    def aligned(self, access: Access, name: str, domain: tuple[str, ...] | None = None) -> str:
        """The part of an array that an access meets, its axes in the order of the domain, ready to broadcast."""
        domain = self.domain if domain is None else domain
        subscripts = [self._subscript(f, n) for f, n in zip(access.forms, access.shape, strict=True)]
        axes = [z for f in access.forms for z, _ in f.without(self.fixed)]
        places = [domain.index(z) for z in axes]
        array = access.array(name)
        if places == sorted(places):
            return array + _brackets(_widened(subscripts, access, places, len(domain), self.fixed))
        turned = transposed(array + _brackets(subscripts), sorted(range(len(axes)), key=places.__getitem__))
        new = _spread([":"] * len(axes), sorted(places), len(domain))
        return turned + _brackets(new)

    def target(self, access: Access, name: str) -> str:
        """The part of the target that is written to, as the left side of an assignment."""
        subscripts = [self._subscript(f, n) for f, n in zip(access.forms, access.shape, strict=True)]
        return access.array(name) + (_brackets(subscripts) or "[...]")

    def number(self, form: Form, domain: tuple[str, ...]) -> str:
        """The values of a form over the domain: an integer, or arrays that broadcast."""
        write = dict(self.locals)
        for z, _ in form.without(self.fixed):
            part = self.part[z]
            first, end = part if isinstance(part, tuple) else (f"{part}.start", f"{part}.stop")
            write[z] = f"np.arange({first}, {end})" + _brackets(_spread([":"], [domain.index(z)], len(domain)))
        return form.text(write)

    def skip_empty(self, z: str) -> None:
        """On to the next pass where the loops leave an index no value."""
        part = self.part[z]
        if isinstance(part, str):
            self.writer.line(f"if {part}.start == {part}.stop:")
            self.writer.line("    continue")

    def full(self, z: str) -> bool:
        """Whether an index runs over its whole extent."""
        return z not in self.ranges and self.part.get(z) == (0, self.nest.extents[z])

    def count(self, z: str) -> str:
        """How many values an index takes here."""
        part = self.part[z]
        return str(part[1] - part[0]) if isinstance(part, tuple) else f"{part}.stop - {part}.start"

    def _subscript(self, form: Form, size: int) -> str:
        left = form.without(self.fixed)
        offset = form.part(self.fixed)
        if not left:
            return offset.text(self.locals)
        ((z, a),) = left
        part = self.part[z]
        if isinstance(part, str):
            if (a, offset) == (1, Form((), 0)):
                return part
            return f"{self.writer.use('_at')}({part}, {a}, {offset.text(self.locals)})"
        start, stop = offset.plus(a * part[0]), offset.plus(a * (part[1] - 1) + 1)
        if a < 0:
            return f"{self.writer.use('_at')}(np.s_[{part[0]}:{part[1]}], {a}, {offset.text(self.locals)})"
        if (a, start, stop) == (1, Form((), 0), Form((), size)):
            return ":"
        step = f":{a}" if a > 1 else ""
        return f"{start.text(self.locals)}:{stop.text(self.locals)}{step}"


def _narrow(part: Interval, ranges: Sequence[tuple[Form, int, int]]) -> Interval:
    """The interval of one index where each form of it lies in its range."""
    inside = [
        k for k in range(*part)
        if all(low <= f.constant + f.coefficients[0][1] * k < high for f, low, high in ranges)
    ]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _spread(subscripts: Sequence[str], places: Sequence[int], count: int) -> list[str]:
    """Subscripts at their places of ``count`` axes, None at the others; leading new axes come by themselves."""
    by_place = dict(zip(places, subscripts, strict=True))
    return [by_place.get(n, "None") for n in range(min(places, default=count), count)]


def _widened(
    subscripts: Sequence[str], access: Access, places: Sequence[int], count: int, fixed: frozenset[str]
) -> list[str]:
    """Subscripts of the array with new axes among them, so that axes come to stand at their places."""
    out: list[str] = []
    left = list(places)
    before = places[0] - 1 if places else count - 1  # leading new axes come by themselves
    for text, form in zip(subscripts, access.forms, strict=True):
        if form.without(fixed):
            place = left.pop(0)
            out += ["None"] * (place - before - 1)
            before = place
        out.append(text)
    return out + ["None"] * (count - 1 - before)


def _brackets(subscripts: Sequence[str]) -> str:
    """``[...]`` with the subscripts, nothing when all are whole axes."""
    return f"[{', '.join(subscripts)}]" if any(s != ":" for s in subscripts) else ""

