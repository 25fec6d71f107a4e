"""What the speed benchmark compares: networks by config, by hand, and by other packages, one interface."""
