# Five methods on CiteSeer
OMP_NUM_THREADS=1 gcl bench table node --datasets citeseer --methods ccassg,sugrl,ggd,dgi,grace --seeds 3 --tasks node,clustering --out runs/citeseer
