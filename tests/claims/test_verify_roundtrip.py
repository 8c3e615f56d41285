"""Every formula that symconv's own documents print is read back and judged right, by the model that it is about."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.claims.documents import documents, right


def check(count: int, seed: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    bad = [line for written in documents(count, seed) for line in right(written.judged(), counts)]
    print("\n" + "\n".join(f"{n:6d} {name}" for name, n in sorted(counts.items())))
    assert not bad, "\n".join(bad[:20])
    return counts


def test_a_document_is_read_back_and_right() -> None:
    assert sum(check(4, "small").values()) > 50


@pytest.mark.slow
def test_fifty_documents_are_read_back_and_right() -> None:
    assert sum(check(50, "fifty").values()) > 3000
