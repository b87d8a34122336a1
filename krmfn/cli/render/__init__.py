"""`krmfn render`: what Flux gets, on stdout or in a folder."""
