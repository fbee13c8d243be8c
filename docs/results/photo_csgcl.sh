# CSGCL on Photo, 2,500 of 3,000 epochs, one seed; other work ran beside, and part of it was slowed down by denormal numbers: seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench --methods csgcl --datasets photo --config docs/results/photo_csgcl.yaml --seeds 1 --tasks node,clustering --out runs/photo_csgcl
