"""From a user's labelled file to validated examples, each with its place in the file."""
