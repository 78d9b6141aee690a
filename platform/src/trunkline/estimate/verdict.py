"""What the figures mean, in plain sentences."""

from __future__ import annotations

from trunkline.estimate.estimate import SHORTEST, Estimate
from trunkline.estimate.sharing import layers

LITTLE = 1.05  # times as many layers: less than that is not worth a word
OFTEN = 0.05  # of the texts
SHORT = 1  # layer of its own: the shortest branch that is more than a head


def verdict(estimate: Estimate) -> list[str]:
    """Say whether sharing pays for this traffic, and what would make it pay more."""
    found, traffic = estimate.layers, estimate.traffic
    share = traffic.several / traffic.texts
    if found.factor < LITTLE:
        told = [
            f"Sharing would save next to no arithmetic here ({found.factor:.2f} x): {share:.1%} of the texts meet "
            f"several tasks, and the versions run {found.alone / found.whole:.0%} of their trunks' layers."
        ]
    else:
        told = [
            f"Sharing pays: whole models would run {found.factor:.2f} x the layers; {found.of_branches:.2f} x comes "
            f"from branches that end below the top, {found.of_sharing:.2f} x from texts that meet several versions."
        ]
    return [
        *told,
        *_of_rate(estimate),
        *_of_time(estimate, share),
        *_of_memory(estimate),
        *_of_shorter_branches(estimate),
    ]


def _of_rate(estimate: Estimate) -> list[str]:
    seconds = estimate.traffic.seconds
    if seconds is None or estimate.rate is not None:
        return []
    return [f"Its times span {seconds:.3g} s, and less than {SHORTEST:g} s tell no rate: --rate gives one, and cores."]


def _of_time(estimate: Estimate, share: float) -> list[str]:
    if estimate.within is None or share < OFTEN or estimate.layers.of_sharing >= LITTLE:
        return []
    return [
        f"{share:.1%} of the texts meet several tasks, but seldom within {estimate.within:g} s: asked together, by "
        "/v1/analyze, they would share their passes; --within tells how much."
    ]


def _of_memory(estimate: Estimate) -> list[str]:
    memory = estimate.memory
    if memory is None:
        return []
    if memory.saved <= 0:
        return ["It saves no memory: there is no second version on any of the trunks."]
    return [f"It saves {memory.saved / 2**20:,.0f} MiB of weights, {memory.saved / memory.whole:.0%} of whole models."]


def _of_shorter_branches(estimate: Estimate) -> list[str]:
    shorter = layers(estimate.traffic, SHORT).factor
    if shorter < LITTLE * estimate.layers.factor:
        return []
    return [
        f"With branches of one layer it would be {shorter:.2f} x: tune with --branch-layers 1 and see whether the "
        "quality stays."
    ]
