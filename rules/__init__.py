"""What good data is: the rule catalogue, the engine that runs it, and one module a rule."""
