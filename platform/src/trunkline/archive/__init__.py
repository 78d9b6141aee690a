"""Hidden states of whole archives kept on disk, so that later versions read them without the stem."""
