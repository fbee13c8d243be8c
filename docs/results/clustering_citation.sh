# Deep clustering on Cora and CiteSeer with the recipes for ACM, products in bfloat16; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table clustering --datasets cora,citeseer --methods auto_encoder,pam_cgc,scgc_star,scgc,sdcn --seeds 5 --fit.autocast bf16 --out runs/clustering_citation
