"""The rows, one file each: what is compared, on what, and under which keys the results stand."""
