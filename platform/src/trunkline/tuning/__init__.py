"""The story of one tuning run: labelled rows become a registered version with measured quality."""
