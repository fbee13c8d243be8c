# The start of the same runs: k-means on the pre-trained encoder
OMP_NUM_THREADS=1 gcl bench table clustering --datasets cite_sdcn --methods pam_cgc --seeds 5 --fit.epochs 0 --out runs/cite_start
