# PamCGC on USPS with pixels from 0 to 2 instead of 0 to 1; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench --methods pam_cgc --datasets usps_sdcn --config docs/results/usps_pixels_doubled.yaml --seeds 3 --tasks clustering,best_epoch --out runs/usps_pixels_doubled
