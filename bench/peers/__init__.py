"""Other people's helpdesks, measured on the same machine in the same run."""
