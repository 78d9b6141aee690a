"""Choosing the engine that runs stems and branches."""

from __future__ import annotations

from importlib.util import find_spec

from trunkline.backends.backend import Backend
from trunkline.errors import MissingExtra
from trunkline.settings import Settings

PRECISIONS = {"torch": ("fp32", "bf16"), "openvino": ("bf16", "fp32"), "onnxruntime": ("fp32", "int8")}
"""What each backend computes in where the processor can, its default first."""


def installed() -> list[str]:
    """Name the backends whose library is there."""
    return [name for name in PRECISIONS if find_spec(name) is not None]


def choose(settings: Settings) -> Backend:
    """Give the backend that the settings name, in their precision; not for `auto`, which has to measure.

    Raises `MissingExtra` where it is not installed.
    """
    if find_spec(settings.backend) is None:
        raise MissingExtra.needed("running models", settings.backend)
    if settings.backend == "openvino":
        from trunkline.backends.openvino_backend import OpenVinoBackend

        return OpenVinoBackend(settings.cache, settings.precision, settings.threads)
    if settings.backend == "onnxruntime":
        from trunkline.backends.onnxruntime_backend import OnnxRuntimeBackend

        return OnnxRuntimeBackend(settings.cache, settings.precision, settings.threads)
    from trunkline.backends.torch_backend import TorchBackend

    return TorchBackend(settings.precision or "fp32", settings.threads)
