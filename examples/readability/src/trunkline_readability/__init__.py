"""Readability for Trunkline: a regression head, and an example of a plugin."""
