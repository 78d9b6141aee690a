"""Retrieval for Trunkline: texts ranked for a query by the vectors of one shared trunk."""
