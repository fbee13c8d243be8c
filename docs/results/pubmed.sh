# CCA-SSG on PubMed; the finished part of a longer table, other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets pubmed --methods ccassg,ggd --seeds 3 --tasks node,clustering --out runs/pubmed
