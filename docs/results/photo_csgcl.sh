# CSGCL on Photo, one seed, products of the loss in bfloat16; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench --methods csgcl --datasets photo --config docs/results/photo_csgcl.yaml --seeds 1 --tasks node,clustering --out runs/photo_csgcl
