# The same at the temperature of the script's default, 0.9; other work ran beside, so that seconds are upper bounds
export OMP_NUM_THREADS=1
gcl bench --methods grace --datasets cora --config docs/results/pot_cora_plain_warm.yaml --seeds 3 --tasks node --out runs/pot_cora_warm
gcl bench --methods grace --datasets cora --config docs/results/pot_cora_warm.yaml --seeds 3 --tasks node --out runs/pot_cora_warm --resume
gcl bench --methods grace --datasets cora --config docs/results/pot_cora_warm.yaml --pot.mode fast --seeds 3 --tasks node --out runs/pot_cora_warm --resume
