"""Choosing the engine that runs stems and branches."""

from __future__ import annotations

from importlib.util import find_spec

from trunkline.backends.backend import Backend
from trunkline.backends.pieces import Pieces, Workshop
from trunkline.errors import InvalidInput, MissingExtra
from trunkline.settings import Settings

PRECISIONS = {
    "torch": ("fp32", "bf16"),
    "openvino": ("bf16", "fp32", "int8"),
    "onnxruntime": ("fp32", "int8"),
    "ctranslate2": ("int8", "fp32"),
}
"""What each backend computes in where the processor can, its default first."""


def installed() -> list[str]:
    """Name the backends whose library is there."""
    return [name for name in PRECISIONS if find_spec(name) is not None]


def choose(settings: Settings, pieces: Pieces | None = None, workshop: Workshop | None = None) -> Backend:
    """Give the backend that the settings name, in their precision, on what `pieces` keep of it; not for `auto`.

    What is missing there is made in the `workshop`, or in the home's cache. Raises `MissingExtra` where the backend is
    not installed.
    """
    if find_spec(settings.backend) is None:
        raise MissingExtra.needed("running models", settings.backend)
    if settings.backend != "torch" and settings.device != "cpu":
        raise InvalidInput(f"device {settings.device!r}: only torch runs there; take TRUNKLINE_BACKEND=torch or auto")
    if settings.backend == "openvino":
        from trunkline.backends.openvino_backend import OpenVinoBackend

        made_in = workshop or Workshop(settings.cache)
        told = (made_in.calibration, made_in.progress)
        return OpenVinoBackend(made_in.folder, settings.precision, settings.threads, pieces, *told)
    if settings.backend == "onnxruntime":
        from trunkline.backends.onnxruntime_backend import OnnxRuntimeBackend

        folder = settings.cache if workshop is None else workshop.folder
        return OnnxRuntimeBackend(folder, settings.precision, settings.threads, pieces)
    if settings.backend == "ctranslate2":
        if find_spec("torch") is None:
            raise MissingExtra.needed("the labels beside CTranslate2's translations", "torch")
        from trunkline.backends.ctranslate2_backend import CTranslate2Backend

        folder = settings.cache if workshop is None else workshop.folder
        return CTranslate2Backend(folder, settings.precision or "int8", settings.threads, pieces)
    from trunkline.backends.torch_backend import TorchBackend

    return TorchBackend(settings.precision or "fp32", settings.threads, settings.device)
