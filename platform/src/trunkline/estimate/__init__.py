"""What sharing a trunk would save, from a log of requests."""
