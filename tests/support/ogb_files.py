"""Tiny sets in the files of OGB."""

import gzip

import numpy as np
import torch


def write_tables(folder, files):
    """Write texts as compressed tables; None leaves a file out."""
    for name, text in files.items():
        if text is not None:
            path = folder / f"{name}.csv.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(text.encode()))


def rows(array):
    """A matrix as the text of a table."""
    return "".join(",".join(map(str, row)) + "\n" for row in np.asarray(array).tolist())


def write_collab(root):
    """Twelve authors in two circles, with features, weights and years, as ogbl-collab."""
    folder = root / "OGB" / "ogbl_collab"
    ring = [[i, (i + 1) % 6] for i in range(6)] + [[6 + i, 6 + (i + 1) % 6] for i in range(6)]
    x = np.random.default_rng(0).normal(size=(12, 4)).round(3)
    tables = {"edge": rows(ring), "node-feat": rows(x), "num-node-list": "12\n"}
    tables |= {"num-edge-list": "12\n", "edge_weight": "1\n" * 12, "edge_year": "2001\n" * 12}
    write_tables(folder / "raw", tables)
    (folder / "split" / "time").mkdir(parents=True)
    edge, negative = np.array([[0, 2], [6, 8]]), np.array([[0, 6], [1, 9], [2, 11]])
    parts = {"train": {"edge": np.array(ring), "weight": np.ones(12), "year": np.full(12, 2001)}}
    parts |= {part: {"edge": edge, "edge_neg": negative} for part in ("valid", "test")}
    for part, content in parts.items():
        torch.save(content, folder / "split" / "time" / f"{part}.pt")
    return folder


def write_molecules(root, name="bace", count=12):
    """Chains of 3 to 5 atoms, the longer ones of class 1."""
    folder = root / "OGB" / f"ogbg_mol{name}"
    sizes = [3 + i % 3 for i in range(count)]
    edges = [[j, j + 1] for n in sizes for j in range(n - 1)]
    atoms = [[i % 4, 0, n % 3, 5, 0, 0, 2, 0, 1] for i, n in enumerate(sizes) for _ in range(n)]
    bonds = [[i % 2, 0, 1] for i in range(len(edges))]
    tables = {"edge": rows(edges), "node-feat": rows(atoms), "edge-feat": rows(bonds)}
    tables |= {"graph-label": rows([[int(n == 5)] for n in sizes])}
    tables |= {"num-node-list": rows([[n] for n in sizes])}
    tables |= {"num-edge-list": rows([[n - 1] for n in sizes])}
    write_tables(folder / "raw", tables)
    third = count // 3
    parts = {"train": range(third), "valid": range(third, 2 * third)}
    parts |= {"test": range(2 * third, count)}
    write_tables(
        folder / "split" / "scaffold", {k: rows([[i] for i in v]) for k, v in parts.items()}
    )
    return folder
