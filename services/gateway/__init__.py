"""The gateway: the one door for agents, leads and customers. Owns no truth, only read models."""
