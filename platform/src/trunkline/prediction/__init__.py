"""Whole files predicted: streamed, resumable, several models in one stem pass."""
