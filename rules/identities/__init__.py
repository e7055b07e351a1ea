"""What must hold inside an area and between areas: the identities of the layouts, evaluated set-wise in DuckDB."""
