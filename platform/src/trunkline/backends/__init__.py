"""Engines that run stems and branches."""

from trunkline.backends.backend import Backend, Branch, States, Stem

__all__ = ["Backend", "Branch", "States", "Stem"]
