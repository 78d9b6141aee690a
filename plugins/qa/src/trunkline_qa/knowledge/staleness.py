"""Whether vectors are those that the preferences ask for, and what to do where they are not."""

from __future__ import annotations

from trunkline import Inference, TrunklineError
from trunkline_qa.knowledge.bases import KnowledgeBase
from trunkline_qa.knowledge.embedding import VectorModel, vector_model
from trunkline_qa.knowledge.preferences import Preferences
from trunkline_qa.knowledge.vector_files import Manifest


def remedy(name: str) -> str:
    """Say how a base's vectors are made anew."""
    return f"rebuild it: POST /v1/qa/knowledge-bases/{name}/rebuild, or: trunkline qa knowledge-base rebuild {name}"


def differences(manifest: Manifest, wanted: VectorModel, preferences: Preferences) -> list[str]:
    """Say in what vectors differ from those that are wanted now; nothing where they do not."""
    built = manifest.made_by
    found = []
    if (built.trunk, built.model, built.layer) != (wanted.trunk, wanted.model, wanted.layer):
        found.append(f"its vectors were made by {built}, its settings say {wanted}")
    for name in ("query_prefix", "passage_prefix"):
        if getattr(built, name) != getattr(wanted, name):
            found.append(f"its vectors were made with another {name}")
    if manifest.precision != preferences.precision:
        found.append(f"its vectors are kept as {manifest.precision}, its settings say {preferences.precision}")
    return found


def stale(base: KnowledgeBase, manifest: Manifest, inference: Inference) -> str | None:
    """Say why vectors are not those that the base's settings ask for, with the remedy; None where they are."""
    preferences = base.preferences()
    try:
        wanted = vector_model(preferences, inference, manifest.made_by)
    except TrunklineError as error:
        return f"what its settings make vectors with cannot be found: {error}"
    found = differences(manifest, wanted, preferences)
    return f"{'; '.join(found)}: {remedy(base.name)}" if found else None
