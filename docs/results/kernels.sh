# Kernels beside dense and gather-scatter references
OMP_NUM_THREADS=2 gcl bench kernels --out docs/results/kernels.json
