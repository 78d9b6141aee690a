"""Extractive question answering for Trunkline."""
