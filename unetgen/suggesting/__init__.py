"""A network for a data set, by nnU-Net's published rules and within a memory."""
