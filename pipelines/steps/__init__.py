"""The steps of a run in the order of the data's way; each is independent of the others and starts no Prefect."""
