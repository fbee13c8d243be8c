# Recommenders on Gowalla in the table's common setting, nothing tuned, 4 epochs, one seed; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table rec --datasets gowalla --methods light_gcl,light_gcn,xsim_gcl,light_gcl_paper,sgl,direct_au,sim_gcl,ncl --tune false --precision bf16 --seeds 1 --fit.epochs 4 --fit.probe_every 4 --out runs/rec_gowalla
