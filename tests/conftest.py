"""What every test shares: the flag that rewrites generated files, and how hypothesis draws its examples."""

from __future__ import annotations

import hypothesis
import pytest

# Reproducible by default. `pytest --hypothesis-profile=explore` draws other examples at every run.
hypothesis.settings.register_profile("symconv", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
hypothesis.settings.load_profile("symconv")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-generated",
        action="store_true",
        help="write the files under generated/ anew instead of comparing with them",
    )
