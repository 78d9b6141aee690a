"""Small real tokenizers of each kind, trained here on a few lines."""

from __future__ import annotations

from typing import Any

from tiny import WORDS, wordpiece_tokenizer


def byte_level_tokenizer(add_prefix_space: bool = False) -> Any:
    """Make a byte-level BPE tokenizer with RoBERTa's special tokens, trained on a few lines."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([" ".join(WORDS)] * 3, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>"))
    )
    return tokenizer


def unigram_tokenizer() -> Any:
    """Make a Unigram tokenizer with metaspaces and XLM-R's template, trained on a few lines."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.UnigramTrainer(vocab_size=150, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator([" ".join(WORDS) + " 我爱北京天安门 今天天气很好"] * 3, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("<s>", "</s>")],
    )
    return tokenizer


def bert_processed_tokenizer() -> Any:
    """Make the WordPiece tokenizer with the older post-processor that BERT's own files have."""
    from tokenizers import processors

    tokenizer = wordpiece_tokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", tokenizer.token_to_id("[SEP]")), ("[CLS]", tokenizer.token_to_id("[CLS]"))
    )
    return tokenizer


KINDS = {
    "wordpiece": wordpiece_tokenizer,
    "wordpiece, older processor": bert_processed_tokenizer,
    "byte-level": byte_level_tokenizer,
    "byte-level, prefix space": lambda: byte_level_tokenizer(add_prefix_space=True),
    "unigram": unigram_tokenizer,
}
