# The same on a machine whose two processors share one core
OMP_NUM_THREADS=2 gcl bench kernels --suites rec,rec_once,ranking --out docs/results/kernels_shared_core.json
OMP_NUM_THREADS=2 gcl bench kernels --suites loss --out docs/results/kernels_shared_core.json
