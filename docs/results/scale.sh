# Training on large graphs
OMP_NUM_THREADS=2 gcl bench scale --graphs synthetic_arxiv --trainings grace_parts_two_processes --out docs/results/scale.json
OMP_NUM_THREADS=2 gcl bench scale --out docs/results/scale.json
OMP_NUM_THREADS=2 gcl bench scale --graphs synthetic_products --trainings grace_parts --out docs/results/scale.json
