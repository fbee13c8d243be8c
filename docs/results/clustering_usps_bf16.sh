# SCGC*, SDCN and SCGC on USPS, products in bfloat16; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table clustering --datasets usps_sdcn --methods scgc_star,sdcn,scgc --seeds 5 --fit.autocast bf16 --out runs/clustering_usps_bf16
