"""A city's migration project: its definitions in git, its data outside git (design: docs/architecture.md)."""
