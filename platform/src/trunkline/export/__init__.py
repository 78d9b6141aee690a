"""Versions made ready for faster engines, and held against the reference before they are served there."""
