"""The scripts need packages that the tests do not."""

collect_ignore = [
    "make_convnet_fixtures.py",
    "make_csbdeep_fixtures.py",
    "make_drawn_fixtures.py",
    "make_encoder_fixtures.py",
    "make_fixtures.py",
    "make_keras_encoder_fixtures.py",
    "make_keras_fixtures.py",
    "make_unet_fixtures.py",
]
