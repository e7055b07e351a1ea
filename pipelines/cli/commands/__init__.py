"""What each command of ``ikou`` takes: one module a group of them, nothing heavy imported before a command runs.

A function here is the head of a command: its parameters are the options, its docstring the help. What the command does
stands in the module of its name in ``pipelines/cli``.
"""
