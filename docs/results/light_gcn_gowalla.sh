# LightGCN on its authors' split of Gowalla, the first 40 of 1,000 epochs; interrupted there
OMP_NUM_THREADS=1 gcl train --method light_gcn --dataset gowalla --fit.epochs 1000 --test_every 5 --out runs/gowalla_light_gcn
