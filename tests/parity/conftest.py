"""The script needs PyTorch, which the tests do not."""

collect_ignore = ["make_fixtures.py"]
