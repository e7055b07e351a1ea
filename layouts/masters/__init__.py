"""Masters that a city imports because they are not ours to ship or change too often: kept in its data folder."""
