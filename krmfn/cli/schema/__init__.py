"""`krmfn schema`: JSON Schemas for editors."""
