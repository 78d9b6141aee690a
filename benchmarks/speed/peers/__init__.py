"""The peers, each a child process in an environment of its own: nothing here imports Trunkline."""
