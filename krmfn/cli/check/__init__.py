"""`krmfn check`: only the verdict."""
