"""What a deployment may set, each from an environment variable `TRUNKLINE_<NAME>`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

MOST_THREADS = max(64, 4 * (os.cpu_count() or 1))
"""More only wait for each other, and far more end the process: each takes memory for its stack."""


def _few_enough(threads: int) -> int:
    if not 1 <= threads <= MOST_THREADS:
        limits = {"threads": threads, "most": MOST_THREADS, "cores": os.cpu_count() or 1}
        message = "{threads} threads lie outside 1 to {most}: give about as many as the machine has cores ({cores})"
        raise PydanticCustomError("threads", message, limits)
    return threads


Threads = Annotated[int, AfterValidator(_few_enough)]


class Settings(BaseSettings):
    """Read once at a door (command line, server, Python call) and passed down as a value."""

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_", frozen=True)

    home: Path = Field(
        default_factory=lambda: user_data_path("trunkline"),
        description="folder of the registry, its artifacts and caches",
    )
    database: str | None = Field(None, description="SQLAlchemy URL; default: SQLite under the home folder")
    block_plugins: tuple[str, ...] = Field((), description="entry points that are not loaded")
    threads: Threads | None = Field(None, description="CPU threads of a pass; default: the cores")
    backend: Literal["torch", "openvino", "onnxruntime", "ctranslate2", "auto"] = Field(
        "torch",
        description="what runs models; ctranslate2: what writes, the rest on torch; auto: the fastest of the others "
        "that are installed",
    )
    precision: Literal["fp32", "bf16", "int8"] | None = Field(
        None,
        description="what it computes in; default: fp32, but openvino in bf16 where the CPU has it, and ctranslate2 "
        "in int8",
    )
    device: str = Field(
        "cpu", pattern=r"^(cpu|cuda(:\d+)?)$", description="where torch computes: cpu, cuda, or cuda:1 and so on"
    )
    batch_tokens: int = Field(
        1024, ge=16, description="padded tokens in one pass at most; twice as many in throughput mode"
    )
    mode: Literal["auto", "latency", "throughput"] = Field(
        "auto", description="what passes are planned for: latency, throughput, or auto, which follows the load"
    )
    patience_ms: float = Field(5.0, ge=0, description="in throughput mode: milliseconds a small batch waits for others")
    state_cache_mib: int = Field(256, ge=0, description="MiB of hidden states kept for texts that come again; 0: none")
    fused_mib: int = Field(
        512, ge=0, description="MiB of graphs made of trunk and models that are asked together; 0: none"
    )
    versions_mib: int | None = Field(
        None, ge=1, description="MiB of versions' own weights loaded at most; the longest unused go; default: no limit"
    )
    queue_requests: int = Field(4096, ge=1, description="jobs waiting for a trunk at most")
    queue_tokens: int = Field(1_000_000, ge=1, description="tokens waiting for a trunk at most")
    deadline_seconds: float = Field(30.0, gt=0, description="time a request may take unless it says less")
    text_characters: int = Field(1_000_000, ge=1, description="code points in one text at most")
    body_bytes: int = Field(8 * 2**20, ge=1024, description="bytes in one HTTP body at most")
    answer_numbers: int = Field(
        4_000_000, ge=1024, description="numbers in one answer of hidden states at most; in base64 four times as many"
    )
    refresh_seconds: float = Field(1.0, gt=0, description="how often a server looks for moved aliases")

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.home / 'registry.db'}"

    @property
    def blobs(self) -> Path:
        return self.home / "blobs"

    @property
    def cache(self) -> Path:
        return self.home / "cache"
