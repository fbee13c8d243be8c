# GRACE and DGI on Cora
OMP_NUM_THREADS=1 gcl bench --methods grace,dgi --datasets cora --seeds 3 --out runs/cora
