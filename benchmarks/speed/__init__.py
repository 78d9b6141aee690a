"""How fast Trunkline answers, beside peers that run the same weights on the same texts."""
