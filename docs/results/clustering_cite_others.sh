# The auto-encoder, SDCN, SCGC* and SCGC on CITE, products in bfloat16; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table clustering --datasets cite_sdcn --methods auto_encoder,sdcn,scgc_star,scgc --seeds 5 --fit.autocast bf16 --out runs/clustering_cite_others
