"""A stack machine in Miden's manner: assembler, processor, and the AIR of its runs."""
