"""Choosing the engine that runs stems and branches."""

from __future__ import annotations

from importlib.util import find_spec

from trunkline.backends.backend import Backend
from trunkline.errors import MissingExtra
from trunkline.settings import Settings


def choose(settings: Settings) -> Backend:
    """Give the backend for this machine. Raises `MissingExtra` where nothing that computes is installed."""
    if find_spec("torch") is None:
        raise MissingExtra.needed("running models", "torch")
    from trunkline.backends.torch_backend import TorchBackend

    return TorchBackend(threads=settings.threads)
