"""Quality on real corpora: our versions beside a plain transformers fine-tune of the same trunk."""
