"""Knowledge bases: documents and FAQ pairs that questions are answered from."""
