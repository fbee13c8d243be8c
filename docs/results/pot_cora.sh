# GRACE and POT on Cora, public split, hyper-parameters of the repository of POT
export OMP_NUM_THREADS=1
gcl bench --methods grace --datasets cora --config docs/results/pot_cora_plain.yaml --seeds 3 --tasks node --out runs/pot_cora
gcl bench --methods grace --datasets cora --config docs/results/pot_cora.yaml --seeds 3 --tasks node --out runs/pot_cora --resume
gcl bench --methods grace --datasets cora --config docs/results/pot_cora.yaml --pot.mode fast --seeds 3 --tasks node --out runs/pot_cora --resume
