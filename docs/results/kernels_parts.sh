# Small parts of a step beside PyTorch's plain form
OMP_NUM_THREADS=2 gcl bench kernels --suites parts --out docs/results/kernels_parts.json
