"""Question answering and retrieval for Trunkline."""
