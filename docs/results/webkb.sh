# Seven methods on Texas and Cornell with their recipes for Cora; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets texas,cornell --methods ccassg,sugrl,ggd,dgi,grace,spgcl,costa --seeds 3 --out runs/webkb
