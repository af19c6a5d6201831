"""What several tests need: a made-up aggregate, a lane run in the test's own loop."""
