# AFGRL on Photo with batch normalisation by the statistics of every step, 1,000 epochs, one seed; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench --methods afgrl --datasets photo --config docs/results/photo_afgrl_batch.yaml --seeds 1 --tasks node,clustering --out runs/photo_afgrl_batch
