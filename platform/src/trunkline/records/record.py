"""The base of every record: frozen, typed, JSON both ways."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A fact that the registry returned; changing one is a new act, never an assignment."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
