"""The registry: rows and blobs on disk. `registry.Registry` is its door, `open.registry` opens it."""
