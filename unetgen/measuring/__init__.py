"""A config's network in every runtime that there is, timed by turns on this machine."""
