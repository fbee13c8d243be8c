# MVGRL on Texas and Cornell with its recipe for Cora; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets texas,cornell --methods mvgrl --seeds 3 --out runs/webkb_mvgrl
