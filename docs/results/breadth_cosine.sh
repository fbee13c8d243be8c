# Links of Cora-ML scored by cosine instead of the product, one seed; other work ran beside
OMP_NUM_THREADS=1 gcl bench table node --datasets cora_ml --methods dgi,grace --tasks link --evaluation.decoder cosine --seeds 1 --out runs/cora_ml_cosine
