# SPGCL on citation graphs; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets cora,citeseer --methods spgcl --seeds 3 --tasks node,clustering --out runs/spgcl
