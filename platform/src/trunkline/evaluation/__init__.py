"""Measuring a version through the engine that serves it."""
