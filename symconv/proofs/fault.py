"""What stops a proof: a fault of the kernel, a text that is no kernel, or a size beyond exact reach."""

from __future__ import annotations

from typing import Any, NoReturn


class Fault(Exception):
    """The kernel does something that no kernel may: reads what is not set, leaves an array, writes twice."""


class Unreadable(Exception):
    """The text is not made of what kernels are made of."""


class TooLarge(Exception):
    """Exact polynomials would be too many or too long."""


class Unset:
    """What memory holds before anything is stored: whatever is computed from it is a Fault."""

    __slots__ = ()

    def _fault(self, *_: Any) -> NoReturn:
        raise Fault("a value is read before it is set")

    __add__ = __radd__ = __iadd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __pow__ = _fault
    __truediv__ = __rtruediv__ = __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __index__ = _fault
    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __float__ = __int__ = _fault


class Lowest:
    """Minus infinity, with which a maximum starts: it may be compared and replaced, never computed with."""

    __slots__ = ()

    def _refuse(self, *_: Any) -> NoReturn:
        raise Unreadable("computes with minus infinity")

    __add__ = __radd__ = __iadd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __pow__ = _refuse
    __truediv__ = __rtruediv__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __float__ = _refuse

    def __repr__(self) -> str:
        return "-inf"


LOWEST: Any = Lowest()
UNSET: Any = Unset()
