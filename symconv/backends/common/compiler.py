"""The C compiler: which one, with which flags, called from an argument list and never for long."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from symconv.errors import CompilerError

GUARD = "-fno-tree-loop-if-convert"
"""GCC 12 with -O3 and AVX turns ``y[i] = c[i] <= 0 ? 0 : x[i]`` in rows of 7 into masked loads that read the wrong
entries; without this conversion of loops it does not. Kernels avoid the form as well."""

FLAGS = ("-std=c99", "-O3", "-march=native", "-ffp-contract=fast", "-fno-math-errno", GUARD)
"""Strict IEEE: never -ffast-math; contraction into FMA is on, and said so."""
TIMEOUT = 300.0


@dataclass(frozen=True, slots=True)
class Compiler:
    """A compiler that answered ``--version``: the command in parts, and the first line of its answer."""

    command: tuple[str, ...]
    version: str


def find() -> Compiler:
    """$CC, else cc, gcc or clang; raises CompilerError when none answers."""
    wanted = os.environ.get("CC", "").strip()
    candidates = [wanted] if wanted else ["cc", "gcc", "clang"]
    for candidate in candidates:
        found = _probe(candidate)
        if found is not None:
            return found
    raise CompilerError(
        "C compiler",
        f"none of {', '.join(candidates)} answers",
        "install gcc or clang, set CC, or use the numpy target",
    )


@lru_cache(maxsize=16)
def _probe(candidate: str) -> Compiler | None:
    try:
        command = tuple(shlex.split(candidate))
    except ValueError:
        return None
    if not command or shutil.which(command[0]) is None:
        return None
    try:
        answer = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Compiler(command, (answer.stdout.splitlines() or [""])[0])


def available() -> bool:
    """Whether a C compiler answers."""
    try:
        find()
    except CompilerError:
        return False
    return True


def machine() -> str:
    """What code for this processor depends on: architecture and the features the kernel reports."""
    features = ""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith(("flags", "Features", "model name")):
                features += line
                if line.startswith(("flags", "Features")):
                    break
    except OSError:
        features = platform.processor()
    return f"{platform.system()} {platform.machine()} {features}"


def compile_shared(compiler: Compiler, sources: Sequence[Path], output: Path, flags: Sequence[str] = FLAGS) -> None:
    """Compile C files into a shared library; raises CompilerError with the compiler's first complaint."""
    command = [*compiler.command, *flags, "-shared", "-fPIC", "-o", str(output), *map(str, sources), "-lm"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL, check=False
        )
    except subprocess.TimeoutExpired:
        raise CompilerError(
            " ".join(compiler.command), f"did not finish in {TIMEOUT:.0f} s", "use fewer or smaller kernels"
        ) from None
    except OSError as error:
        raise CompilerError(" ".join(compiler.command), f"cannot be run ({error.strerror})", "set CC") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
        complaint = (lines or [f"exit code {done.returncode}"])[0].replace(str(output.parent), "").strip()
        remedy = "set CC to a C99 compiler, or use the numpy target"
        raise CompilerError(" ".join(compiler.command), complaint[:200], remedy)
