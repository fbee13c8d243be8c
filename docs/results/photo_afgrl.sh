# AFGRL on Photo, 400 of 5,000 epochs, one seed; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench --methods afgrl --datasets photo --config docs/results/photo_afgrl.yaml --seeds 1 --tasks node --out runs/photo_afgrl
