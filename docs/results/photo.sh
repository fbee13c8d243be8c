# Four methods on Photo; BGRL for 1,500 of 10,000 steps; other work ran beside, so that seconds are upper bounds
export OMP_NUM_THREADS=1
gcl bench table node --datasets photo --methods ccassg,gbt,sugrl --seeds 3 --tasks node,clustering --out runs/photo
gcl bench --methods bgrl --datasets photo --config docs/results/photo_bgrl.yaml --seeds 3 --tasks node,clustering --out runs/photo --resume
