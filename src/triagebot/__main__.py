"""`python -m triagebot` is `triagebot`."""

from triagebot.cli import main

main()
