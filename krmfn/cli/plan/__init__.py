"""`krmfn plan`: what a change does to what is running."""
