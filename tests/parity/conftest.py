"""The scripts need packages that the tests do not."""

collect_ignore = ["make_fixtures.py", "make_keras_fixtures.py"]
