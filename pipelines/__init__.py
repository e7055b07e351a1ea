"""In what order, from where, to where: projects, flows, steps, run files, ledger, reports, sample city, CLI."""
