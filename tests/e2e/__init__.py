"""The whole story on a whole stack, as a newcomer sees it."""
