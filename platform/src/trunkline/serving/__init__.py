"""The engine: what is loaded, and how requests of all tasks share its passes."""
