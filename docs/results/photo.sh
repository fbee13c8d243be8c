# Three methods on Photo; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets photo --methods ccassg,gbt,sugrl --seeds 3 --tasks node,clustering --out runs/photo
