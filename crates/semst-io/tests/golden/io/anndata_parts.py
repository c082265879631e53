"""The parts of an AnnData file that the scripts of this folder share."""

import h5py

text = h5py.string_dtype()


def described(item, kind, version):
    """Adds the two attributes of an encoding."""
    item.attrs["encoding-type"] = kind
    item.attrs["encoding-version"] = version
    return item


def frame(parent, name, index, columns=None):
    """A frame with an index, and columns by name."""
    group = described(parent.create_group(name), "dataframe", "0.2.0")
    group.attrs["_index"] = "_index"
    group.create_dataset("_index", data=index, dtype=text)
    columns = columns or {}
    for column, values in columns.items():
        group[column] = values
    group.attrs.create("column-order", list(columns), dtype=text)
    return group
