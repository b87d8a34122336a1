"""`krmfn import`: HelmReleases of platform charts as declarations."""
