"""`krmfn why`: where a generated field comes from, and who has access."""
