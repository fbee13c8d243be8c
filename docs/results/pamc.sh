# Meta-nodes beside exact losses
OMP_NUM_THREADS=2 gcl bench pamc --out docs/results/pamc.json
