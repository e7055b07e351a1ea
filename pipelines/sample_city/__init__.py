"""The sample city: fictitious people on real towns, exported as a mainframe leaves them, with the truth beside it."""

from __future__ import annotations

from pipelines.sample_city.city import CityReport, make_city

__all__ = ["CityReport", "make_city"]
