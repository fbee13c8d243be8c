# Four methods on BlogCatalog with their recipes for Cora; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets blogcatalog --methods ccassg,sugrl,ggd,dgi --seeds 3 --tasks node,clustering --out runs/blogcatalog
