"""What the platform calls."""

from __future__ import annotations
