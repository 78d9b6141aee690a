"""Measurements beside peers; each runs for itself and resumes."""
