"""A mail's bytes read: words, files, who wrote them and whether it was a person. Pure."""
