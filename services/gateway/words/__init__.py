"""Which messages have these words? An index of keyed hashes, without a word in it."""
