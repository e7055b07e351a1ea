"""The stewards' web app: exceptions of a run, decided in the browser; reads run files and the ledger only."""
