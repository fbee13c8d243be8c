# Five methods on Chameleon (filtered) and Cora-ML with their recipes for Cora; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets chameleon_filtered,cora_ml --methods ccassg,sugrl,ggd,dgi,grace --seeds 3 --out runs/breadth_link
