"""Everything about one person as an archive: what stands in it, and the jobs that make them."""
