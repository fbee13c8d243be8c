# Deep clustering on ACM; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table clustering --datasets acm_sdcn --methods auto_encoder,sdcn,scgc,scgc_star,pam_cgc --seeds 5 --out runs/clustering_acm
