"""Checks of single values: names, addresses, quantities, durations, paths, and chart values."""
