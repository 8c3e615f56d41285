"""The grammar of written mathematics: tokens to a tree that knows no names."""
