# The auto-encoder, PamCGC, SCGC* and SCGC on PubMed with their recipes for ACM, products in bfloat16; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table clustering --datasets pubmed --methods auto_encoder,pam_cgc,scgc_star,scgc --seeds 5 --fit.autocast bf16 --out runs/clustering_pubmed
