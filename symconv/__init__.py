"""symconv: symbolic derivation and code generation for backpropagation in CNNs."""

__version__ = "0.1.0"
