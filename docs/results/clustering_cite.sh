# PamCGC on CITE; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table clustering --datasets cite_sdcn --methods pam_cgc --seeds 5 --out runs/cite
