# Clusters of nodes on ten graphs
OMP_NUM_THREADS=1 gcl bench table clustering --seeds 5 --out runs/clustering --resume
