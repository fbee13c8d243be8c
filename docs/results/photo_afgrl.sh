# AFGRL on Photo, the first 2,000 of 5,000 epochs, one seed, products in bfloat16; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench --methods afgrl --datasets photo --config docs/results/photo_afgrl.yaml --seeds 1 --tasks node,clustering --out runs/photo_afgrl
