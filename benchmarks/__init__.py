"""How fast the house is, beside the floor under it. `make bench`; README.md says how it measures."""
