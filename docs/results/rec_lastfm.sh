# Recommenders on LastFM, tuned on validation interactions, three seeds; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table rec --datasets lastfm --fit.epochs 1000 --out runs/rec_lastfm
