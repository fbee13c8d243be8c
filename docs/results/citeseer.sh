# GRACE and DGI on CiteSeer
OMP_NUM_THREADS=1 gcl bench --methods grace,dgi --datasets citeseer --seeds 3 --tasks node,clustering --out runs/citeseer
