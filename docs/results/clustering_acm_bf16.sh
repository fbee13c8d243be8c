# PamCGC on ACM with products in bfloat16, for comparison; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table clustering --datasets acm_sdcn --methods pam_cgc --seeds 3 --fit.autocast bf16 --out runs/clustering_acm_bf16
