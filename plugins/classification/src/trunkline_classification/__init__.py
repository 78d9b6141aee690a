"""Text classification for Trunkline: one label or several, one text or a pair, calibrated.

Importing this package imports neither torch nor transformers.
"""
