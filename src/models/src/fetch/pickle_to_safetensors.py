"""Turns a file of `torch.save`, of the kind before 1.6, into safetensors, without torch and without trust.

A pickle is a program. This reader lets it make ordered dictionaries and tensors, and refuses whatever else it asks for.
"""

import collections
import json
import pickle
import struct
import sys

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
# Kind of storage: its name in safetensors, the bytes of a number, and an integer of as many bytes for `memoryview`.
KINDS = {"FloatStorage": ("F32", 4, "I"), "HalfStorage": ("F16", 2, "H"), "LongStorage": ("I64", 8, "Q")}
Storage = collections.namedtuple("Storage", "key kind count")
Tensor = collections.namedtuple("Tensor", "storage offset shape stride")


def rebuild_tensor(storage, offset, shape, stride, *_):
    """Describes a tensor inside its storage."""
    count, last = 1, offset
    for size, step in zip(shape, stride, strict=True):
        count *= size
        last += (size - 1) * step
    sound = isinstance(storage, Storage) and offset >= 0 and all(size > 0 and step > 0 for size, step in zip(shape, stride))
    if not sound or last >= storage.count or count > storage.count:
        sys.exit("expected tensors inside their storage, found one that is not")
    return Tensor(storage, offset, tuple(shape), tuple(stride))


def rebuild_parameter(tensor, *_):
    """A parameter is a tensor."""
    return tensor


class Reader(pickle.Unpickler):
    """Reads tensors, and nothing else."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return rebuild_tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return rebuild_parameter
        if module == "torch" and name in KINDS:
            return name
        sys.exit(f"expected nothing but tensors, found {module}.{name}")

    def persistent_load(self, description):
        tag, kind, key, _, count, view = description
        if tag != "storage" or kind not in KINDS or view is not None:
            sys.exit("expected whole storages, found something else")
        return Storage(key, kind, count)


def read(path):
    """The tensors of a file, and the bytes of its storages."""
    with open(path, "rb") as file:
        if Reader(file).load() != MAGIC or Reader(file).load() != PROTOCOL:
            sys.exit("expected a file of torch.save before 1.6, found another")
        Reader(file).load()  # The sizes of numbers on the machine that wrote it.
        tensors = Reader(file).load()
        keys = Reader(file).load()
        if not isinstance(tensors, dict) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
            sys.exit("expected tensors by name, found something else")
        storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
        data = {}
        for key in keys:
            if key not in storages:
                sys.exit("expected a tensor for each storage, found a storage without")
            (count,) = struct.unpack("<q", file.read(8))
            size = KINDS[storages[key].kind][1]
            data[key] = file.read(count * size) if count == storages[key].count else b""
            if len(data[key]) != storages[key].count * size:
                sys.exit("expected whole storages, found one that is cut short")
        if set(storages) != set(data):
            sys.exit("expected a storage for each tensor, found a tensor without")
    return tensors, data


def numbers(view, offset, shape, stride):
    """The bytes of a tensor row by row; in its storage they may be column by column."""
    if not shape:
        return view[offset:offset + 1].tobytes()
    if len(shape) == 1:
        return view[offset:offset + (shape[0] - 1) * stride[0] + 1:stride[0]].tobytes()
    rows = (numbers(view, offset + row * stride[0], shape[1:], stride[1:]) for row in range(shape[0]))
    return b"".join(rows)


def write(path, tensors, data):
    """Writes safetensors: the length of the header, the header, the numbers."""
    header, parts, end = {}, [], 0
    for name, (storage, offset, shape, stride) in sorted(tensors.items()):
        kind, _, code = KINDS[storage.kind]
        parts.append(numbers(memoryview(data[storage.key]).cast(code), offset, shape, stride))
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [end, end + len(parts[-1])]}
        end += len(parts[-1])
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(parts)


if __name__ == "__main__":
    write(sys.argv[2], *read(sys.argv[1]))
