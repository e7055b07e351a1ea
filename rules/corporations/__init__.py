"""Rules on the names of corporations: legal forms, branches, representatives."""
