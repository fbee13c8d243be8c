# Recommenders on Douban-Book in the table's common setting, nothing tuned, 20 epochs, one seed; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table rec --datasets douban_book --methods xsim_gcl,light_gcn,light_gcl,direct_au,light_gcl_paper,sim_gcl,ncl,sgl --tune false --precision bf16 --seeds 1 --fit.epochs 20 --out runs/rec_douban_book
