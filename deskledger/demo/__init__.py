"""`deskledger demo`: the whole story of one ticket on the real stack, told step by step."""
