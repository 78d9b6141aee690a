"""Translation for Trunkline."""
