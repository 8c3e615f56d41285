"""Words of several letters that are one name in a formula, with what they mean."""

from __future__ import annotations

MEANING = {
    **dict.fromkeys(
        (
            "conv",
            "convolution",
            "convolve",
            "conv2d",
            "conv2",
            "corr",
            "correlate",
            "cross_correlation",
            "xcorr",
            "valid_conv",
            "conv_valid",
            "convolve2d",
            "correlate2d",
            "crosscorrelation",
            "faltung",
        ),
        "conv",
    ),
    **dict.fromkeys(
        ("full_conv", "conv_full", "fullconv", "full_convolution", "convfull", "full_correlation"), "full"
    ),
    **dict.fromkeys(
        ("rot180", "rot", "rotate180", "flip", "rotate", "flip180", "flipud", "rot_180", "rotated", "reverse"),
        "rot180",
    ),
    **dict.fromkeys(("rot90",), "rot90"),
    **dict.fromkeys(("pad", "padding", "zeropad", "zero_pad", "pad0"), "pad"),
    **dict.fromkeys(("diag", "tr", "vec", "det", "sign", "sgn", "dim", "size", "rank", "shape", "mean"), ""),
    **dict.fromkeys(
        ("exp", "log", "ln", "max", "min", "argmax", "argmin", "sqrt", "tanh", "sin", "cos", "cosh", "sinh"), ""
    ),
    **dict.fromkeys(("softmax",), "softmax"),
    **dict.fromkeys(("sigmoid", "sigm", "logistic"), "sigmoid"),
    **dict.fromkeys(("relu", "rectifier"), "relu"),
    **dict.fromkeys(("leakyrelu", "leaky_relu", "lrelu", "prelu", "elu", "selu", "gelu"), ""),
    **dict.fromkeys(("silu", "softplus", "swish"), ""),
    **dict.fromkeys(("maxpool", "max_pool", "maxpooling", "max_pooling"), "maxpool"),
    **dict.fromkeys(("avgpool", "avg_pool", "meanpool", "mean_pool", "averagepool"), "avgpool"),
    **dict.fromkeys(("pool", "pooling", "down", "downsample", "subsample"), "pool"),
    **dict.fromkeys(("dilate", "zero_insert", "insert_zeros"), "dilate"),
    **dict.fromkeys(("flatten", "reshape", "transpose", "sum"), ""),
    **dict.fromkeys(("trace",), "tr"),
    **dict.fromkeys(("stride", "strides", "dilation", "dilations", "kernel_size", "output_padding"), ""),
    **dict.fromkeys(("upsample", "unpool", "up", "upsampling", "unpooling"), "upsample"),
    **dict.fromkeys(
        (
            "batch_size",
            "otherwise",
            "if",
            "and",
            "or",
            "for",
            "where",
            "with",
            "else",
            "loss",
        ),
        "",
    ),
}
"""Every word that is known, in lower case, with the operation that it is a name of (empty when it is its own)."""

WORDS = frozenset(MEANING)


def meaning(word: str) -> str:
    """The operation that a word names: one name for all of its spellings.

    >>> meaning("Convolution"), meaning("flip"), meaning("exp")
    ('conv', 'rot180', 'exp')
    """
    known = MEANING.get(word.lower())
    return known or word.lower() if known is not None else word
