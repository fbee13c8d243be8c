# Five methods on Cora
OMP_NUM_THREADS=1 gcl bench table node --datasets cora --methods ccassg,sugrl,ggd,grace,dgi --seeds 3 --out runs/cora
