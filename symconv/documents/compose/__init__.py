"""compose: what a document says, from the equations and Steps of a derivation."""
