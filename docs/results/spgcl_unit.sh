# SPGCL on CiteSeer, k-means on rows of unit length, one seed; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets citeseer --methods spgcl --seeds 1 --tasks clustering --evaluation.kmeans_normalize l2 --out runs/spgcl_unit
