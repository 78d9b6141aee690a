"""Reading parallel data: two aligned files, TMX, columns of translations, TSV whose quotes are plain text."""
