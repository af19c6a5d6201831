"""Unit tests, tests on real servers, chaos, and the whole story."""
