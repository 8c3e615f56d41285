"""Tables: matrices of entries, masks that say what every entry is, and lists of parameters."""

from __future__ import annotations

from symconv.claims.data import Derivative, Mask, Matrix, Parameters, Products, Ref
from symconv.claims.report import Example, Judgement, Math, Phrase, join, say
from symconv.claims.world import World
from symconv.claims.write import Writers


def judge_matrix(table: Matrix, world: World, writers: Writers) -> Judgement:
    """Every cell must be the entry of its row and column, and every entry must have a cell."""
    sizes = world.tensor(table.of.by.name).sizes
    shape = (len(table.cells), len(table.cells[0]))
    printed = writers.latex.grid(table.tex)
    name = writers.factor(table.of)
    title = say("The table of {}", name)
    if sizes != shape:
        cause = say("{} has {} entries, the table {}.", name, *(" x ".join(map(str, s)) for s in (sizes, shape)))
        return Judgement(
            table.id, title, "matrix", table.count, "wrong", printed, None, (cause,), printed_cells=table.tex
        )
    true = [[Derivative(table.of.of, Ref(table.of.by.name, (r, c))) for c in range(shape[1])] for r in range(shape[0])]
    samples = world.samples()
    wrong = [
        (cell, entry)
        for cells, entries in zip(table.cells, true, strict=True)
        for cell, entry in zip(cells, entries, strict=True)
        if any(s.factor(cell) != s.factor(entry) for s in samples)
    ]
    if not wrong:
        return Judgement(table.id, title, "matrix", table.count, "right", printed, printed_cells=table.tex)
    corrected = tuple(tuple(map(writers.factor, row)) for row in true)
    causes = tuple(say("{} stands where {} belongs.", *map(writers.factor, pair)) for pair in wrong)
    grid = writers.math(lambda w: w.grid([[w.factor(f) for f in row] for row in true]))
    return Judgement(
        table.id, title, "matrix", table.count, "wrong", printed, grid, causes,
        printed_cells=table.tex, corrected_cells=corrected,
    )


# ------------------------------------------------------------------ masks


def winners(mask: Mask) -> tuple[Ref, ...]:
    """The entries at which the cells that are not 0 stand: those that win their windows."""
    return tuple(
        Ref(mask.of.by.name, (r, c)) for r, row in enumerate(mask.cells) for c, cell in enumerate(row) if cell
    )


def _entry(mask: Mask, row: int, column: int) -> Derivative:
    return Derivative(mask.of.of, Ref(mask.of.by.name, (row, column)))


def judge_mask(mask: Mask, number: int, world: World, writers: Writers) -> Judgement:
    """Every cell that says something is compared with the derived routing, while the shown winners win."""
    won = winners(mask)
    samples = world.samples(won)
    said = [(r, c, cell) for r, row in enumerate(mask.cells) for c, cell in enumerate(row) if cell is not None]
    wrong = [
        (r, c, cell) for r, c, cell in said
        if any(s.total(cell) != s.defined(_entry(mask, r, c)) for s in samples)
    ]
    printed = writers.latex.grid(mask.tex)
    title = say("Mask table {} of {}", str(number), writers.factor(mask.of))
    names = writers.math(lambda w: ", ".join(map(w.factor, won)))
    condition = say("{} are the maxima of their windows" if len(won) > 1 else "{} is the maximum of its window", names)
    if not wrong:
        return Judgement(
            mask.id, title, "mask", mask.count, "conditional", printed, None, (), (condition,), printed_cells=mask.tex
        )
    decided = samples[0].winners()
    corrected: dict[tuple[int, int], Products | None] = {}
    for r, c, cell in said:
        corrected[r, c] = cell if (r, c, cell) not in wrong else world.expansion(_entry(mask, r, c), decided)
    blank = Math("", "")
    cells = tuple(
        tuple(
            writers.math(lambda w, p=known: w.products(p)) if (known := corrected.get((r, c))) is not None else blank  # type: ignore[misc]
            for c in range(len(row))
        )
        for r, row in enumerate(mask.cells)
    )
    grid = Math(
        writers.latex.grid([[m.latex for m in row] for row in cells]),
        writers.text.grid([[m.text for m in row] for row in cells]),
    )
    causes = [_cause(cell, corrected[r, c], writers) for r, c, cell in wrong]
    if all(cell and cell == ((Ref(mask.of.by.name, (r, c)),),) for r, c, cell in wrong):
        causes.append(
            say("The cells hold the winners' values; what flows back to a winner is the derivative by its maximum.")
        )
    return Judgement(
        mask.id, title, "mask", mask.count, "wrong", printed, grid, tuple(causes), (condition,),
        _example(mask, wrong[0], world, writers), mask.tex, cells,
    )


def _cause(cell: Products, true: Products | None, writers: Writers) -> Phrase:
    written = writers.math(lambda w: w.products(cell))
    if true is None:
        return say("{} is not what stands there.", written)
    return say("{} stands where {} belongs.", written, writers.math(lambda w: w.products(true)))


def _example(mask: Mask, wrong: tuple[int, int, Products], world: World, writers: Writers) -> Example | None:
    row, column, cell = wrong
    entry = _entry(mask, row, column)
    for seed in range(20):
        sample = world.small(seed, winners=winners(mask))
        left, right = sample.defined(entry), sample.total(cell)
        if left != right:
            window = next((w for _, _, w in world.windows(entry.by.name) if entry.by in w), (entry.by,))
            flows = world.expansion(entry, sample.winners()) or ()
            involved = dict.fromkeys((*window, *(f for p in (*cell, *flows) for f in p)))
            values = tuple((writers.factor(f), sample.factor(f)) for f in involved)
            return Example(writers.factor(entry), values, left, right)
    return None


# ------------------------------------------------------------------ parameters


def judge_parameters(statement: Parameters, world: World, writers: Writers) -> Judgement:
    """The parameters listed must be those of the model; layers that could have a bias must be without one."""
    model = world.derivation.model
    printed = "; ".join(statement.tex)
    title = say("The list of parameters")
    true = [t.name for t in model.parameters]
    missing = [n for n in true if n not in statement.names]
    surplus = [n for n in statement.names if n not in true]
    if missing or surplus:
        causes = [say("{} is a parameter too.", writers.factor(Ref(n))) for n in missing]
        causes += [say("{} is not a parameter.", writers.factor(Ref(n))) for n in surplus]
        corrected = writers.math(lambda w: ", ".join(w.factor(Ref(n)) for n in true))
        return Judgement(statement.id, title, "parameters", statement.count, "wrong", printed, corrected, tuple(causes))
    without = [n.name for n in model.nodes if getattr(n.layer, "bias", None) is False]
    if not without:
        return Judgement(statement.id, title, "parameters", statement.count, "right", printed)
    names = join(" and ", [Phrase((writers.factor(Ref(n)),)) for n in without])
    condition = say("biases are left out: the layers that make {} have none", names)
    return Judgement(statement.id, title, "parameters", statement.count, "conditional", printed, None, (), (condition,))
