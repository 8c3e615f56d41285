"""Importers: models from TOML files and the models that come with the package."""
