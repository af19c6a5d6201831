"""What two services need alike: the published language and its machinery, and small seams."""
