"""`krmfn matrix`: every pair of profiles, and what it changes."""
