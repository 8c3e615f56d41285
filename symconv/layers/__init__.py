"""Layers: each a function from hyper-parameters and a shape to equations; one file a layer."""
