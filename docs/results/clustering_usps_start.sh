# The start of PamCGC's runs on USPS: k-means on the pre-trained encoder
OMP_NUM_THREADS=1 gcl bench table clustering --datasets usps_sdcn --methods pam_cgc --seeds 5 --fit.epochs 0 --out runs/clustering_usps_start
