"""Named-entity recognition for Trunkline."""
