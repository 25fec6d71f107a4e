"""Import of architectures and trained weights from other packages: nnU-Net and MONAI."""
