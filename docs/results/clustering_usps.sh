# The auto-encoder and PamCGC on USPS; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table clustering --datasets usps_sdcn --methods auto_encoder,pam_cgc --seeds 5 --out runs/clustering_usps
