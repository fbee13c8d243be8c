# Deep clustering on the airport graphs, products in bfloat16; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table clustering --datasets usa,europe,brazil --undirected true --methods auto_encoder,pam_cgc,scgc_star,scgc,sdcn --seeds 5 --fit.autocast bf16 --out runs/clustering_airports
