"""Stores made of stores: with more points, of several parts, of a part, with more observables; files of slices."""
