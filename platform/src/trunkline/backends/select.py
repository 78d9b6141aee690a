"""Choosing the engine that runs stems and branches."""

from __future__ import annotations

from importlib.util import find_spec

from trunkline.backends.backend import Backend
from trunkline.errors import MissingExtra
from trunkline.settings import Settings


def choose(settings: Settings) -> Backend:
    """Give the backend that the settings name, in their precision. Raises `MissingExtra` where it is not installed."""
    if find_spec(settings.backend) is None:
        raise MissingExtra.needed("running models", settings.backend)
    if settings.backend == "openvino":
        from trunkline.backends.openvino_backend import OpenVinoBackend

        return OpenVinoBackend(settings.cache, settings.precision, settings.threads)
    from trunkline.backends.torch_backend import TorchBackend

    return TorchBackend(settings.precision or "fp32", settings.threads)
