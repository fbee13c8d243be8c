# SUGRL and GGD on PubMed; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets pubmed --methods sugrl,ggd --seeds 3 --tasks node,clustering --out runs/pubmed_more
