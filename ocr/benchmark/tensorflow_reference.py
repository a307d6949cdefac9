"""The tutorial's own graph in TensorFlow 1's way: the throughput to beat.

`tensorflow_turns` runs it in another Python, which needs numpy and tensorflow only. It reads numbers of
iterations, one a line, and answers each with {"seconds": ..., "version": ...} for so many iterations on 64 random
images, batches and their copies included.
"""

import json
import os
import sys
import time
from typing import Any

import numpy as np

BATCH = 64
IMAGES = 55_000
WARM_UP = 20


def main() -> None:
    """Train for as many iterations as each line of stdin says, and print how long that took."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow.compat.v1 as tf

    tf.disable_eager_execution()
    images = np.random.rand(IMAGES, 784).astype(np.float32)
    labels = np.eye(10, dtype=np.float32)[np.random.randint(0, 10, IMAGES)]
    x = tf.placeholder(tf.float32, [None, 784])
    y_true = tf.placeholder(tf.float32, [None, 10])

    def weights(*shape: int) -> Any:
        return tf.Variable(tf.truncated_normal(shape, stddev=0.05))

    def biases(length: int) -> Any:
        return tf.Variable(tf.constant(0.05, shape=[length]))

    layer = tf.reshape(x, [-1, 28, 28, 1])
    for channels_in, channels_out in ((1, 16), (16, 36)):
        layer = tf.nn.conv2d(layer, weights(5, 5, channels_in, channels_out), strides=[1, 1, 1, 1], padding="SAME")
        layer = tf.nn.relu(tf.nn.max_pool(layer + biases(channels_out), [1, 2, 2, 1], [1, 2, 2, 1], "SAME"))
    layer = tf.nn.relu(tf.matmul(tf.reshape(layer, [-1, 1764]), weights(1764, 128)) + biases(128))
    logits = tf.matmul(layer, weights(128, 10)) + biases(10)
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=y_true))
    step = tf.train.AdamOptimizer(1e-4).minimize(loss)
    session = tf.Session()
    session.run(tf.global_variables_initializer())

    def train(iterations: int) -> None:
        for _ in range(iterations):
            chosen = np.random.randint(0, IMAGES, BATCH)
            session.run(step, {x: images[chosen], y_true: labels[chosen]})

    for line in sys.stdin:
        train(WARM_UP)
        started = time.perf_counter()
        train(int(line))
        print(json.dumps({"seconds": time.perf_counter() - started, "version": tf.__version__}), flush=True)


if __name__ == "__main__":
    main()
