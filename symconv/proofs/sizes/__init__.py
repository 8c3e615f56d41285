"""Index rules for all sizes at once: z3 with the sizes as unknown integers."""
