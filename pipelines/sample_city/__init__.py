"""The sample city: fictitious people on real towns, exported as a mainframe leaves them, with the truth beside it.

``city`` makes it: ``register`` draws the people (``population``) and writes their files, ``areas`` and ``area_files``
write what the other departments hold about them, ``papers`` the receipts and the city's own figures. What is planted
stands in the ``*_plants`` modules; ``planting`` says who gets it, ``truth`` what a rule must find of it.
"""

from __future__ import annotations

from pipelines.sample_city.city import CityReport, make_city

__all__ = ["CityReport", "make_city"]
