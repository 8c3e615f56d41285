"""The helper functions that a generated module may define; only those in use are printed."""

HELPERS = {
    "_inside": '''\
def _inside(k, step, offset, extent):
    """The part of the slice k where 0 <= step*k + offset < extent."""
    if step < 0:
        step, offset = -step, extent - 1 - offset
    first = max(k.start, -(offset // step))
    return slice(first, max(first, min(k.stop, (extent - 1 - offset) // step + 1)))
''',
    "_at": '''\
def _at(k, step, offset):
    """The places step*k + offset for all k of a slice, as a slice."""
    if k.start >= k.stop:
        return slice(0, 0)
    first, last = step * k.start + offset, step * (k.stop - 1) + offset
    return slice(first, last + 1, step) if step > 0 else slice(first, last - 1 if last else None, step)
''',
    "_place": '''\
def _place(values):
    """The place of the first maximum along the last axis; of the last NaN, if there is any."""
    nan = values != values
    last = values.shape[-1] - 1 - nan[..., ::-1].argmax(-1)
    return np.where(nan.any(-1), last, values.argmax(-1)).astype(np.int32)
''',
    "_place_valid": '''\
def _place_valid(values, valid):
    """As the place of the first maximum, among the valid entries only; -1 where there are none."""
    nan = valid & (values != values)
    top = np.where(valid & ~nan, values, -np.inf).max(-1, keepdims=True)
    first = (valid & (values == top)).argmax(-1)
    last = values.shape[-1] - 1 - nan[..., ::-1].argmax(-1)
    return np.where(valid.any(-1), np.where(nan.any(-1), last, first), -1).astype(np.int32)
''',
}
