"""The first version of the merchants' contract. One file per resource."""
