"""What every test shares: the flag that rewrites generated files, and how hypothesis draws its examples."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

from symconv.cli import main
from tests.refusals import Refused, snapshot

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


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run a command that must be refused; returns the line that it says."""
    monkeypatch.chdir(tmp_path)

    def refused(*argv: str) -> str:
        before = snapshot(tmp_path)
        assert main(list(argv)) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        (line,) = shown.err.splitlines()
        assert line.startswith("symconv: ")
        assert line.isprintable()
        assert len(line) < 600
        assert "Traceback" not in line
        assert snapshot(tmp_path) == before
        return line

    return refused
