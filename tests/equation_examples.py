"""Named examples of equations: what each is, its text, the shapes that do not follow, the tensor to derive by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """One example; ``shapes`` as ``--shape`` takes them, ``gradient`` the derived equation in text."""

    equation: str
    shapes: tuple[str, ...]
    by: str
    gradient: str

    @property
    def arguments(self) -> list[str]:
        """The command line without the format."""
        shapes = [part for shape in self.shapes for part in ("--shape", shape)]
        return ["derive", "--equation", self.equation, *shapes, "--wrt", self.by]


EXAMPLES = {
    # Every query looks at five keys, two places apart; a key beyond the ends is not there.
    "dilated attention scores": Example(
        "S[t,r] = sum(c) Q[t,c] * K[t+2*r-4, c] / 4 where 0 <= r < 5, 0 <= t+2*r-4 < 12",
        ("Q=12,16",), "K",
        "sum(0 <= r < 5; 0 <= u-2r+4 < 12) dE/dS[u-2r+4,r] * Q[u-2r+4,c]/4",
    ),
    # A convolution that shares no weights: each place has a filter of its own.
    "locally connected layer": Example(
        "C[o,k,l] = sum(c,i,j) A[c,k+i,l+j] * F[o,k,l,c,i,j]",
        ("A=2,4,4", "F=2,3,3,2,2,2"), "F",
        "dE/dF[o,k,l,c,i,j] = dE/dC[o,k,l] * A[c,k+i,l+j]",
    ),
    # The mean outer product of two feature maps.
    "bilinear pooling": Example(
        "B[r,s] = sum(u,v) X[r,u,v] * Y[s,u,v] / 4",
        ("X=3,2,2", "Y=2,2,2"), "X",
        "dE/dX[r,u,v] = sum(0 <= s < 2) dE/dB[r,s] * Y[s,u,v]/4",
    ),
    "matrix product": Example(
        "C[r,c] = sum(i) A[r,i] * B[i,c]",
        ("A=2,3", "B=3,2"), "B",
        "dE/dB[i,c] = sum(0 <= r < 2) dE/dC[r,c] * A[r,i]",
    ),
    # One time step of the wave equation with fixed ends: W from the last two states U and V.
    "wave stencil": Example(
        "W[x] = 2*U[x] - V[x] + (c*U[x-1] where 0 <= x-1) - 2*c*U[x] + (c*U[x+1] where x+1 < 9)",
        ("U=9",), "V",
        "dE/dV[x] = -dE/dW[x]",
    ),
}
