# COSTA on Photo; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets photo --methods costa --seeds 3 --out runs/photo_costa
