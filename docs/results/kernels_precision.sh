# Rounding to bfloat16
OMP_NUM_THREADS=1 gcl bench kernels --suites precision --out docs/results/kernels_precision.json
