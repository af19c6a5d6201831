"""The local issuer: where agents sign in when there is no other. Owns no aggregate."""
