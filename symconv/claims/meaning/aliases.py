"""Names that differ in case and mean one tensor."""

from __future__ import annotations

from symconv.claims.meaning.survey import Survey, label, value_names


def twins(found: Survey) -> None:
    """``W`` for the whole of what has entries ``w_{ij}``, and the other way about."""
    for key, use in found.uses.items():
        base, _, rest = key.partition("_")
        other = base.swapcase() + (f"_{rest}" if rest else "")
        twin = found.uses.get(other)
        if (
            len(base) == 1
            and twin is not None
            and other not in found.losses
            and key not in found.losses
            and (
                not use.ranks
                and not use.layered
                and use.whole
                and twin.rank >= 2
                and (not twin.whole or len(twin.digits) >= 2)
            )
            and other not in found.functions
            and key not in found.functions
            and other not in found.aliases
        ):
            found.aliases[key] = other


def alias(found: Survey) -> None:
    """For a name that nothing defines one that differs in case."""
    reads = {label(n) for ds in found.definitions.values() for d in ds for n in value_names(d.body)}
    known = reads | set(found.definitions)
    for key, use in found.uses.items():
        base, _, rest = key.partition("_")
        if len(base) != 1 or key in found.functions or key in found.losses:
            continue
        other = base.swapcase() + (f"_{rest}" if rest else "")
        twin = found.uses.get(other)
        if twin is None or other in found.functions or other in found.aliases or other in found.losses:
            continue
        same = use.layered == twin.layered and use.below
        if key not in known and other in known and key not in found.aliases and same:
            found.aliases[key] = other
