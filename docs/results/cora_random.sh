# GCA and COSTA on Cora, random splits; the finished part of a longer table, other work ran beside
OMP_NUM_THREADS=1 gcl bench table node --datasets cora --methods gca,costa,spgcl,gbt,mvgrl --seeds 3 --tasks node,clustering --out runs/cora_more
