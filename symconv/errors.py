"""What symconv raises: every refusal says where, the offending value, what was expected and the remedy.

The command line prints the message as one line and exits with 2; nothing has been written by then.
"""

from __future__ import annotations


class SymconvError(Exception):
    """A refusal: ``where: problem; remedy``.

    >>> str(SizeError("conv2d", "kernel_size 7 exceeds padded input 5", "shrink the kernel"))
    'conv2d: kernel_size 7 exceeds padded input 5; shrink the kernel'
    """

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        self.where, self.problem, self.remedy = where, problem, remedy
        super().__init__(f"{where}: {problem}; {remedy}")

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), (self.where, self.problem, self.remedy)


class SizeError(SymconvError):
    """An extent, stride, padding or other size that cannot be."""


class NamingError(SymconvError):
    """A name that is not an identifier, is reserved, or is taken."""


class ModelError(SymconvError):
    """A model (TOML or built by hand) that does not hold together."""


class ArrayError(SymconvError):
    """An array of the wrong dtype, shape, order or ownership given to a kernel."""


class CompilerError(SymconvError):
    """The C compiler is missing, failed, or did not finish."""


class PathError(SymconvError):
    """An output path that is refused or cannot be written."""


class UsageError(SymconvError):
    """A request that asks for something that does not exist."""


class LimitError(SymconvError):
    """More terms or bytes than the limit allows; the remedy names the option that lifts it."""


def show(value: object, limit: int = 60) -> str:
    """The offending value for a message: ``repr``, cut to ``limit`` characters, always one line.

    >>> show("x" * 100, 20)
    "'xxxxxxxxxxxxxxx..."
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # Python does not write integers of thousands of digits
        text = "a value too long to show"
    return text if len(text) <= limit else text[: limit - 4] + "..."
