"""`krmfn reach`: who can talk to whom."""
