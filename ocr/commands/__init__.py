"""The command line: each command says what it does, asks the other rooms, and prints. May import all of them."""
