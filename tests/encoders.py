"""A tiny random encoder of each family, as transformers makes it, with rows of different length."""

from __future__ import annotations

from typing import Any

import torch

VOCABULARY, PADDING = 60, 1
COMMON: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "pad_token_id": PADDING,
    "max_position_embeddings": 40,
    "initializer_range": 0.3,  # wide enough that layers tell inputs apart
}
BERT: dict[str, Any] = {
    **COMMON,
    "hidden_size": 32,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 48,
}
DEBERTA: dict[str, Any] = {
    **BERT,
    "relative_attention": True,
    "pos_att_type": ["p2c", "c2p"],
    "type_vocab_size": 0,
    "position_biased_input": False,
}
SEQ2SEQ: dict[str, Any] = {
    **COMMON,
    "d_model": 32,
    "encoder_layers": 4,
    "encoder_attention_heads": 4,
    "encoder_ffn_dim": 48,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 24,
    "decoder_start_token_id": PADDING,
    "init_std": 0.3,
}
T5: dict[str, Any] = {
    **COMMON,
    "d_model": 32,
    "num_layers": 4,
    "num_decoder_layers": 1,
    "num_heads": 4,
    "d_kv": 6,  # heads that are not the width together
    "d_ff": 48,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 10,
    "decoder_start_token_id": PADDING,
}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("bert", BERT),
    "roberta": ("roberta", {**BERT, "type_vocab_size": 1}),
    "xlm-roberta": ("xlm-roberta", {**BERT, "type_vocab_size": 1}),
    "distilbert": ("distilbert", {**COMMON, "dim": 32, "n_layers": 4, "n_heads": 4, "hidden_dim": 48}),
    "modernbert": (
        "modernbert",
        {
            **BERT,
            "local_attention": 4,
            "global_attn_every_n_layers": 3,
            "bos_token_id": 0,
            "eos_token_id": 2,
            "cls_token_id": 0,
            "sep_token_id": 2,
            "initializer_cutoff_factor": 2.0,
        },
    ),
    "deberta-plain": ("deberta-v2", DEBERTA),
    "deberta-v3": (
        "deberta-v2",
        {
            **DEBERTA,
            "share_att_key": True,
            "norm_rel_ebd": "layer_norm",
            "position_buckets": 4,
            "max_relative_positions": -1,
        },
    ),
    "deberta-conv": (
        "deberta-v2",
        {**DEBERTA, "conv_kernel_size": 3, "conv_act": "gelu", "norm_rel_ebd": "layer_norm", "type_vocab_size": 2},
    ),
    "marian": ("marian", {**SEQ2SEQ, "scale_embedding": True, "activation_function": "swish"}),
    "marian-apart": ("marian", {**SEQ2SEQ, "share_encoder_decoder_embeddings": False, "decoder_vocab_size": 50}),
    "m2m_100": ("m2m_100", SEQ2SEQ),
    "mbart": ("mbart", {**SEQ2SEQ, "scale_embedding": True}),
    "bart": ("bart", SEQ2SEQ),
    "t5": ("t5", T5),
    "t5-gated": ("t5", {**T5, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}),
}
GRAPHS = tuple(case for case in CASES if case not in ("marian-apart", "t5-gated"))  # the others' graphs are these
TRANSLATORS = tuple(case for case, (kind, _) in CASES.items() if kind in ("marian", "m2m_100", "mbart", "bart", "t5"))


def reference(case: str) -> Any:
    """Make transformers' own base model, in evaluation mode, every parameter away from its initial value.

    Of a model of encoder and decoder it is the encoder, and what it saves is the whole model.
    """
    from transformers import MODEL_MAPPING

    if case in TRANSLATORS:
        whole = translator(case)
        encoder = whole.get_encoder()
        encoder.save_pretrained = whole.save_pretrained
        return encoder
    return _made(case, MODEL_MAPPING)


def translator(case: str) -> Any:
    """Make transformers' whole model of encoder, decoder and output layer, as `reference` does."""
    from transformers import MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING

    return _made(case, MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING)


def _made(case: str, classes: Any) -> Any:
    from transformers import CONFIG_MAPPING

    model_type, values = CASES[case]
    config = CONFIG_MAPPING[model_type](**values)
    torch.manual_seed(0)
    model = classes[type(config)](config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:  # else a table of positions by formula
                parameter.add_(0.05 * torch.randn_like(parameter))
    return model.eval()


def batch(lengths: tuple[int, ...] = (20, 3, 1, 11)) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Make ids, type ids and mask; the padding is far wider than any local window here."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(3, VOCABULARY, (len(lengths), max(lengths)), generator=generator)
    mask = torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]
    type_ids = (torch.arange(max(lengths))[None] % 3 == 2).long().expand_as(ids) * mask
    return ids.masked_fill(~mask, PADDING), type_ids, mask
