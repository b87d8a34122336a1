"""What one value may be: names, addresses, quantities, durations, paths, and values of charts."""
