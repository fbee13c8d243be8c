# Four methods on Minesweeper and Actor with their recipes for Cora; other work ran beside, so that seconds are upper bounds
OMP_NUM_THREADS=1 gcl bench table node --datasets minesweeper,actor --methods ccassg,sugrl,ggd,dgi --seeds 3 --tasks node,clustering --out runs/heterophilous
