"""The same pool on a Ray cluster; nothing here is loaded unless `--engine ray` is given."""
