"""ONNX: a graph written from a plan and the weights of its nodes; it needs neither Keras nor TensorFlow."""
