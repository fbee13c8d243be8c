# MVGRL on Cora; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets cora --methods mvgrl --seeds 3 --tasks node,clustering --out runs/cora_mvgrl
