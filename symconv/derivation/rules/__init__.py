"""The rules, one a file; each returns Steps and none knows a layer."""
