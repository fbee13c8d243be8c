import numpy as np
import pytest

FEW = ["--evaluation.num_splits", "2", "--evaluation.kmeans_runs", "2"]


def test_a_run_stands_beside_its_baselines(gcl, run_a):
    ended = gcl("evaluate", "--checkpoint", "a", *FEW)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].split()[:4] == ["dataset", "embeddings", "split", "accuracy"]
    assert "seconds" not in lines[0]
    assert "peak" not in lines[0]
    sources = [line.removeprefix("karate").strip().split("  ")[0] for line in lines[1:4]]
    assert sources == ["raw features", "untrained encoder (grace)", "grace"]
    assert "node: 2 " in ended.out
    assert "clustering: 2 k-means runs" in ended.out


def test_embeddings_of_a_file_score_like_the_run(gcl, run_a):
    run = gcl("evaluate", "--checkpoint", "a", *FEW).out.splitlines()[3]
    words = ["--embeddings", "a/embeddings.npy", "--dataset", "karate"]
    file = gcl("evaluate", *words, *FEW).out.splitlines()
    assert "embeddings.npy" in file[2]
    assert file[2].split("random")[1].split() == run.split("random")[1].split()


def test_a_task_by_name(gcl, run_a):
    ended = gcl("evaluate", "--checkpoint", "a", *FEW, "--tasks", "clustering")
    assert "accuracy" not in ended.out
    assert "nmi" in ended.out


def test_a_method_with_clusters_of_its_own_is_scored_by_them(gcl, folder):
    words = ["--method", "auto_encoder", "--dataset", "karate", "--fit.epochs", "1"]
    words += ["--method.num_clusters", "4"]
    assert gcl("train", *words, "--out", "o").code == 0
    ended = gcl("evaluate", "--checkpoint", "o", *FEW, "--tasks", "clustering")
    assert "clustering: clusters that the method assigns" in ended.out


def test_link_prediction_would_leak(fails, run_a):
    fails(2, "gcl bench --tasks link", "evaluate", "--checkpoint", "a", "--tasks", "link")


def test_a_graph_without_labels(fails, gcl, folder, edge_folder):
    words = ["--dataset", "six", "--fit.epochs", "1", "--method.out_channels", "4"]
    gcl("train", *words, "--out", "o")
    text = fails(2, "six has no class labels", "evaluate", "--checkpoint", "o")
    assert "gcl bench --tasks link --datasets six" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give either --checkpoint or --embeddings"),
        (["--checkpoint", "a", "--embeddings", "a/embeddings.npy"], "and not both"),
        (["--embeddings", "a/embeddings.npy"], "--embeddings needs --dataset"),
        (["--embeddings", "b.npy", "--dataset", "karate"], "there is no file b.npy"),
        (["--embeddings", "a/embeddings.npy", "--dataset", "digits"], "34 rows, but digits has"),
        (["--checkpoint", "a", "--tasks", "nod"], "got 'nod' (did you mean node?)"),
        (["--checkpoint", "a", "--tasks", "best_epoch"], "possible are node, clustering"),
        (["--checkpoint", "a", "--evaluation.protocol", "publc"], "did you mean public?"),
        (["--checkpoint", "a", "--evaluation.protocol", "public"], "no public split"),
        (["--checkpoint", "a", "--evaluation.decoder", "dot"], "unknown option"),
        (["--checkpoint", "a", "--normalize_features", "true"], "would be ignored"),
    ],
)
def test_wrong_use(fails, run_a, words, message):
    fails(2, message, "evaluate", *words)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.full((34, 2), np.nan), "NaN or infinite"),
        (np.ones(34), "must hold a matrix"),
        (np.array([["a"] * 2] * 34), "must hold a matrix"),
        (np.array([[None]] * 34), "damaged or no .npy file"),
    ],
)
def test_useless_arrays(fails, folder, array, message):
    np.save(folder / "h.npy", array)
    fails(1, message, "evaluate", "--embeddings", "h.npy", "--dataset", "karate")


def test_a_truncated_array(fails, folder):
    np.save(folder / "h.npy", np.ones((34, 2)))
    (folder / "h.npy").write_bytes((folder / "h.npy").read_bytes()[:200])
    fails(1, "damaged", "evaluate", "--embeddings", "h.npy", "--dataset", "karate")
