# BGRL on Photo, all 10,000 steps of its recipe, one seed, products in bfloat16; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets photo --methods bgrl --seeds 1 --tasks node,clustering --fit.autocast bf16 --out runs/photo_bgrl
