# PamCGC and an auto-encoder with k-means on ACM
OMP_NUM_THREADS=1 gcl bench table clustering --datasets acm_sdcn --methods auto_encoder,pam_cgc --seeds 3 --out runs/clustering
