"""What Firefox translates with: Marian's binary models, read into an encoder (a trunk) and a decoder (a head)."""
