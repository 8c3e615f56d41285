"""What targets share: the printer of the loop IR, the registry, headers, the compiler and its cache."""
