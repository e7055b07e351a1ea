"""The areas beside 住民基本台帳 and 住登外 in the order they are made: who refers to another area comes after it."""

from __future__ import annotations

from pipelines.sample_city.areas import (
    arrears,
    care,
    child_allowance,
    childcare,
    collection,
    corporations,
    disability,
    electors,
    family_register,
    health,
    health_insurance,
    integrated,
    late_elderly,
    pension,
    property_tax,
    relief,
    resident_tax,
    schooling,
    seals,
    single_parents,
    vehicles,
)
from pipelines.sample_city.areas.tables import AreaModule

MODULES: tuple[AreaModule, ...] = (
    seals.MODULE,
    family_register.REGISTER,
    family_register.SUPPLEMENT,
    electors.MODULE,
    resident_tax.MODULE,
    corporations.MODULE,
    property_tax.MODULE,
    vehicles.MODULE,
    collection.MODULE,
    arrears.MODULE,
    schooling.MODULE,
    health.MODULE,
    single_parents.MODULE,
    relief.MODULE,
    disability.MODULE,
    care.MODULE,
    health_insurance.MODULE,
    late_elderly.MODULE,
    pension.MODULE,
    child_allowance.MODULE,
    childcare.MODULE,
    integrated.MODULE,
)
