# BGRL on Photo, all 10,000 steps of its recipe, products in bfloat16; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets photo --methods bgrl --seeds 3 --tasks node,clustering --fit.autocast bf16 --out runs/photo_bgrl
