"""Machinery that knows no physics: parameters, the graph of observables, evaluation, identity, plugins."""
