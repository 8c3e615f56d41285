"""Index notation: Index, Tensor, Guard, Term, Equation, Program, and their executable meaning."""
