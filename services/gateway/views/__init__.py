"""Views: lists of tickets under a name. Those that every desk has, and those that people define."""
