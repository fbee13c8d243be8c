# Steps of CSGCL and of GRACE with POT on a machine that gains less from bfloat16
OMP_NUM_THREADS=2 gcl bench kernels --suites csgcl,pot --out docs/results/kernels_steps.json
