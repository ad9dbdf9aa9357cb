"""Turn a quantised GGUF file into a directory that vLLM serves on a CPU. Runs inside `.venv-vllm`.

vLLM on a CPU reads no GGUF, and a model loaded from one cannot be saved as it is: its weights
are unpacked and moved into a plain model of the same shape.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig


def convert(gguf: Path, target: Path) -> None:
    """Write the model and tokenizer of `gguf` into the directory `target`, in bfloat16."""
    source = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    unpacked = AutoModelForCausalLM.from_pretrained(
        **source, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    config = unpacked.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    plain.load_state_dict(unpacked.state_dict())
    plain.save_pretrained(target)
    AutoTokenizer.from_pretrained(**source).save_pretrained(target)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
