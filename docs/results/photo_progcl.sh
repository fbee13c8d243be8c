# ProGCL on Photo, three seeds, products in bfloat16; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench --methods pro_gcl --datasets photo --config docs/results/photo_progcl.yaml --seeds 3 --tasks node,clustering --out runs/photo_progcl
