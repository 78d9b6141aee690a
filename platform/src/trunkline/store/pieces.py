"""Pieces that were compiled of versions and of trunks: artifacts beside the weights, in roles such as
"openvino/int8/graph.xml". A kind ("openvino/int8") is what they have in common.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from trunkline.errors import Conflict
from trunkline.names import Reference
from trunkline.records import Evaluation, EvaluationDraft
from trunkline.store import evaluations, events, lookup
from trunkline.store.schema import TrunkArtifactRow, VersionArtifactRow, VersionRow

DECODER = "-decoder"
"""How the kinds end of what is compiled of a version's decoder, beside those of its branch."""
BRANCH, STEM = "branch", "stem"  # what a file that is published belongs to: the version, or its trunk


def of_version(session: Session, reference: Reference) -> dict[str, str]:
    """Map every role of the version to SHA-256. Raises `NotFound` where it was deleted."""
    return {artifact.role: artifact.sha256 for artifact in lookup.version_row(session, reference).artifacts}


def of_trunk(session: Session, trunk_id: str) -> dict[str, str]:
    """Map the roles of what was compiled of the trunk to SHA-256; its own files are not among them."""
    rows = session.scalars(select(TrunkArtifactRow).where(TrunkArtifactRow.trunk_id == trunk_id))
    return {row.filename: row.sha256 for row in rows if "/" in row.filename}


def under(kind: str, digests: Mapping[str, str]) -> dict[str, str]:
    """Take what lies under `kind`, by the names that it has there."""
    inside = f"{kind}/"
    return {role.removeprefix(inside): sha256 for role, sha256 in digests.items() if role.startswith(inside)}


def remedy(kind: str, version: str = "MODEL") -> str:
    """Tell how a damaged piece of a version is made anew; a trunk's own, by compiling any version of that trunk."""
    backend, _, precision = kind.removesuffix(DECODER).partition("/")
    exactly = "" if precision == "float" else f" --precision {precision}"  # fp32 and bf16 share one graph
    whose = " for a version of its trunk" if version == "MODEL" else ""
    return f"trunkline compile {version} --backend {backend}{exactly}{whose} makes it anew"


def insert(
    session: Session,
    reference: Reference,
    draft: EvaluationDraft,
    digests: Mapping[str, str],
    stem_before: Mapping[str, str],
) -> Evaluation:
    """Add a measurement and what it is of: `digests` maps "branch/ROLE" and "stem/ROLE" to SHA-256.

    What has these roles is replaced. Raises `Conflict` where a stem is among them and the trunk's is no longer that
    of `stem_before`: others may have compiled branches over what is there now.
    """
    row = lookup.version_row(session, reference)
    branch, stem = under(BRANCH, digests), under(STEM, digests)
    now = of_trunk(session, row.trunk_id)
    if any(now.get(role) != stem_before.get(role) for role in stem):
        raise Conflict(f"the trunk of {reference} was compiled by another process meanwhile: compile it once more")
    for role, sha256 in branch.items():
        _put_branch(session, row, role, sha256)
    for role, sha256 in stem.items():
        _put_stem(session, row.trunk_id, role, sha256)
    evaluation = evaluations.insert(session, row, draft)
    if digests:
        events.record(session, "version.compiled", evaluation.model, branch=sorted(branch), stem=sorted(stem))
    return evaluation


def _put_branch(session: Session, version: VersionRow, role: str, sha256: str) -> None:
    found = session.get(VersionArtifactRow, (version.id, role))
    if found is None:
        version.artifacts.append(VersionArtifactRow(role=role, sha256=sha256))
    else:
        found.sha256 = sha256


def _put_stem(session: Session, trunk_id: str, role: str, sha256: str) -> None:
    found = session.get(TrunkArtifactRow, (trunk_id, role))
    if found is None:
        session.add(TrunkArtifactRow(trunk_id=trunk_id, filename=role, sha256=sha256))
    else:
        found.sha256 = sha256
