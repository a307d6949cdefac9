"""Programs that measure: what README and the notes quote was printed by them."""
