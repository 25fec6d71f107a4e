"""unetgen within somebody's own Hydra application: the configs it finds, and the node it hands back."""
