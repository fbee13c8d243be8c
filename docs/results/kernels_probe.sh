# Linear probes beside scikit-learn's
OMP_NUM_THREADS=2 gcl bench kernels --suites probe --out docs/results/kernels_probe.json
