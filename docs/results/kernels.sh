# Kernels beside dense and gather-scatter references
OMP_NUM_THREADS=2 gcl bench kernels --suites loss,memory,step --out docs/results/kernels.json
OMP_NUM_THREADS=2 gcl bench kernels --suites rec,rec_once,ranking --out docs/results/kernels.json
OMP_NUM_THREADS=2 gcl bench kernels --suites propagation,csgcl,pot --out docs/results/kernels.json
