# CCA-SSG on CS; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets cs --methods ccassg --seeds 3 --tasks node --out runs/cs
