"""The plan: a flat, verified list of primitive operations with exact shapes. No TensorFlow here."""
