"""A run: its fingerprint, its folder and states, its journal, the laws it is held to, and how it is verified."""
