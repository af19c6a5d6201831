"""`python -m deskledger` is the command `deskledger`."""

from deskledger.cli import main

main()
