"""Prometheus metrics of one server, in a collector registry of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from itertools import accumulate

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trunkline.serving.generator import MOST
from trunkline.serving.stats import BOUNDS, Snapshot, VersionStats

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
Holdings = Mapping[str, tuple[str, float]]
MEANINGS = {
    "stem_passes": "passes in which a trunk computed hidden states from texts; each may carry rows of many requests",
    "stem_rows": "rows in those passes: a text, or a window of a long one",
    "fused_passes": "those of the passes that ran as one graph of the trunk and the models asked (TRUNKLINE_FUSED_MIB)",
    "resumed_rows": "rows that skipped the trunk, as their hidden states were kept from before "
    "(TRUNKLINE_STATE_CACHE_MIB)",
    "joined_rows": "rows of a pair of texts that a model reads apart: each text ran alone, or was kept from before",
    "merged_inputs": "inputs that were answered by the rows of an equal one that was in hand at the same time",
    "padded_tokens": "tokens that passes computed, padding included",
    "useful_tokens": "those of the padded tokens that were no padding: the share tells how full passes are",
    "failed_passes": "passes that raised; their inputs were tried again in smaller ones",
    "overloaded": "requests refused with 429, as the queue was full (TRUNKLINE_QUEUE_REQUESTS, TRUNKLINE_QUEUE_TOKENS)",
    "queued_requests": "inputs that wait for a trunk or are computed now; TRUNKLINE_QUEUE_REQUESTS bounds them",
    "queued_tokens": "tokens that wait for a trunk now; TRUNKLINE_QUEUE_TOKENS bounds them",
    "state_cache_bytes": "bytes of hidden states kept for texts that come again; TRUNKLINE_STATE_CACHE_MIB bounds them",
    "fused_bytes": "bytes that graphs of trunk and models together take, about; TRUNKLINE_FUSED_MIB bounds them",
}
"""What each of the engine's counters counts, for whoever reads `/metrics` alone."""
_LIMITS = (*(str(bound) for bound in BOUNDS), "+Inf")


class EngineCollector(Collector):
    """Reads the engine's counters when scraped, so that counting costs the engine nothing more."""

    def __init__(
        self, snapshot: Callable[[], Snapshot], ready: Callable[[], bool], holdings: Callable[[], Holdings]
    ) -> None:
        """`holdings` gives gauges by name, each with its explanation."""
        self.snapshot = snapshot
        self.ready = ready
        self.holdings = holdings

    def collect(self) -> Iterator[Metric]:
        now = self.snapshot()
        yield GaugeMetricFamily(
            "trunkline_ready",
            "1 while requests are taken, 0 while the server stops or has failed",
            value=float(self.ready()),
        )
        for field in fields(now):
            value = getattr(now, field.name)
            told = MEANINGS.get(field.name, field.name.replace("_", " "))
            if isinstance(value, int):
                yield CounterMetricFamily(f"trunkline_{field.name}", told, value=value)
            elif field.name != "versions":
                yield _by_trunk(f"trunkline_{field.name}", told, value)
        yield from _of_versions(now.versions)
        for name, (told, value) in self.holdings().items():
            yield GaugeMetricFamily(f"trunkline_{name}", told, value=value)


def _by_trunk(name: str, told: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=["trunk"])
    for trunk, value in values.items():
        family.add_metric([trunk[:12]], value)
    return family


def _of_versions(versions: Mapping[str, VersionStats]) -> Iterator[Metric]:
    jobs = CounterMetricFamily(
        "trunkline_jobs",
        "inputs that a version was asked about by what became of them; cancelled: the client left",
        labels=["model", "end"],
    )
    seconds = HistogramMetricFamily(
        "trunkline_job_seconds",
        "seconds from when an input was accepted to its answer, waiting included",
        labels=["model"],
    )
    written = CounterMetricFamily(
        "trunkline_answers_written",
        "answers that a model wrote, such as sentences translated; models that label what they read have none",
        labels=["model"],
    )
    writing = GaugeMetricFamily(
        "trunkline_answers_writing",
        f"answers that wait to be written or are being written now; more than {MOST} of a model are refused",
        labels=["model"],
    )
    for model, stats in versions.items():
        if stats.written or stats.writing:
            written.add_metric([model], stats.written)
            writing.add_metric([model], stats.writing)
        for end in ("answered", "failed", "cancelled"):
            jobs.add_metric([model, end], getattr(stats, end))
        counts = [str(limit) for limit in _LIMITS], accumulate(stats.buckets)
        seconds.add_metric([model], list(zip(*counts, strict=True)), stats.seconds)
    yield from (jobs, seconds, written, writing)


class HttpMetrics:
    """Counts and times requests by route template, method and status: few labels, whatever clients send.

    A route names its whole path only where its router carries the prefix itself.
    """

    def __init__(
        self, snapshot: Callable[[], Snapshot], ready: Callable[[], bool], holdings: Callable[[], Holdings] = dict
    ) -> None:
        self.registry = CollectorRegistry()
        self.seconds = Histogram(
            "trunkline_http_request_seconds",
            "seconds from a request's head to its response's end, by route, method and status",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.registry.register(EngineCollector(snapshot, ready, holdings))

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """Record one finished request."""
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in ("GET", "POST", "HEAD", "OPTIONS") else "other"
        self.seconds.labels(method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """Write everything in Prometheus's text format."""
        return generate_latest(self.registry)


class MetricsMiddleware:
    """Times every HTTP request."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, started = 500, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            self.metrics.observe(scope, status, time.perf_counter() - started)
