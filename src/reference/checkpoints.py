"""Records tiny random checkpoints in the hub's layout, with what the hub's own library computes with them.

The library is no dependency of the course; the tests of `src/models` read what was recorded. To record again:

    python3 -m venv /tmp/hub && /tmp/hub/bin/pip install torch==2.13.0 transformers==5.24 pillow
    /tmp/hub/bin/python src/reference/checkpoints.py src/models/tests/fixtures

Each folder has `config.json` and `model.safetensors`, as `save_pretrained` writes them, and `expected.safetensors`: `ids`,
`types` and `mask` of two texts, and what they give: `hidden.N`, `attentions.N`, and `logits` where the model has a head. A
Llama also has `generated`: the first text, and the tokens that the model takes for the likeliest after it. Of a T5, these
texts are sources, and `hidden.N` and `attentions.N` are the encoder's. It also has their targets, `target`; what these
give, `decoder.hidden.N`, `decoder.attentions.N` and `cross.N`; and what it writes for the first source, `generated` and, by
a search with three beams, `searched`.

A ViT has `pixels` in place of the texts: two images of the size that the model is for. `wide.pixels`, and all that begins
with `wide.`, is for images of another grid, for which the positions are interpolated. `photo.png` is an image,
`photo.pixels` what the library's image processor makes of it, and `photo.logits` what the model makes of these.
"""

import json
import pathlib
import shutil
import sys

import PIL.Image
import torch
import transformers
from safetensors.torch import load_file, save_file

# No two sizes of a model are equal, so that none can be taken for another.
BERT = dict(vocab_size=101, hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40,
            max_position_embeddings=18)
WIDE_BERT = dict(vocab_size=67, hidden_size=20, num_hidden_layers=3, num_attention_heads=2, intermediate_size=28,
                 max_position_embeddings=13, type_vocab_size=3)
DISTIL = dict(vocab_size=83, dim=18, n_layers=2, n_heads=3, hidden_dim=34, max_position_embeddings=15)
ALBERT = dict(vocab_size=89, embedding_size=10, hidden_size=24, num_hidden_layers=3, num_attention_heads=3,
              intermediate_size=30, max_position_embeddings=16, hidden_act="gelu")
GPT = dict(vocab_size=97, n_positions=19, n_embd=20, n_layer=2, n_head=4, eos_token_id=96, bos_token_id=96)
WIDE_GPT = dict(vocab_size=61, n_positions=14, n_embd=18, n_layer=3, n_head=3, n_inner=38, eos_token_id=60,
                bos_token_id=60)
# The heads are wider than their share of the layer.
LLAMA = dict(vocab_size=103, hidden_size=24, intermediate_size=44, num_hidden_layers=2, num_attention_heads=6,
             num_key_value_heads=2, head_dim=8, max_position_embeddings=40, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2)
WIDE_LLAMA = dict(vocab_size=71, hidden_size=32, intermediate_size=52, num_hidden_layers=3, num_attention_heads=4,
                  num_key_value_heads=4, max_position_embeddings=48, tie_word_embeddings=True, bos_token_id=1, eos_token_id=2)
LINEAR = dict(rope_type="linear", rope_theta=500.0, factor=2.5)
# Of the four frequencies of a head, one stays, one is divided, and two are in between.
LLAMA_3 = dict(rope_type="llama3", rope_theta=100.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
               original_max_position_embeddings=64)
# The encoder and the decoder differ in depth, and the sources are longer than the distance of the last bucket. With larger
# embeddings, every token would be followed by itself.
T5 = dict(vocab_size=59, initializer_factor=0.2, d_model=20, d_kv=6, d_ff=28, num_layers=2, num_decoder_layers=3,
          num_heads=3, relative_attention_num_buckets=8, relative_attention_max_distance=12, decoder_start_token_id=0)
WIDE_T5 = dict(vocab_size=47, initializer_factor=0.2, d_model=16, d_kv=10, d_ff=26, num_layers=3, num_decoder_layers=2,
               num_heads=2, relative_attention_num_buckets=12, relative_attention_max_distance=14, decoder_start_token_id=0,
               feed_forward_proj="gated-gelu", tie_word_embeddings=False)
THREE = {0: "bad", 1: "fair", 2: "good"}
VIT = dict(image_size=12, patch_size=4, num_channels=3, hidden_size=20, num_hidden_layers=2, num_attention_heads=4,
           intermediate_size=36, id2label=THREE)
# 14 is no multiple of 3: two rows and two columns of pixels belong to no patch.
GREY_VIT = dict(image_size=14, patch_size=3, num_channels=1, hidden_size=18, num_hidden_layers=3, num_attention_heads=2,
                intermediate_size=30, layer_norm_eps=1e-6, id2label=THREE)

# Name: model, configuration, lengths of the two texts, type of the numbers in the file.
MODELS = {
    "bert": ("BertModel", BERT, (9, 9), torch.float32),
    "bert-padded": ("BertModel", WIDE_BERT, (11, 6), torch.float32),
    "bert-fill-mask": ("BertForMaskedLM", BERT, (9, 5), torch.float32),
    "bert-fill-mask-untied": ("BertForMaskedLM", WIDE_BERT | dict(tie_word_embeddings=False), (7, 7), torch.bfloat16),
    "bert-texts": ("BertForSequenceClassification", BERT | dict(id2label=THREE), (10, 4), torch.float32),
    "distilbert-texts": ("DistilBertForSequenceClassification", DISTIL, (8, 5), torch.float32),
    "distilbert-texts-half": ("DistilBertForSequenceClassification",
                              DISTIL | dict(n_heads=2, n_layers=3, id2label=THREE), (8, 8), torch.float16),
    "distilbert-tokens": ("DistilBertForTokenClassification", DISTIL | dict(id2label=THREE), (12, 7), torch.float32),
    "albert-fill-mask": ("AlbertForMaskedLM", ALBERT, (11, 6), torch.float32),
    "albert-fill-mask-deep": ("AlbertForMaskedLM", ALBERT | dict(num_hidden_layers=5, num_attention_heads=4), (9, 9),
                              torch.float16),
    "gpt2": ("GPT2LMHeadModel", GPT, (11, 11), torch.float32),
    "gpt2-half": ("GPT2LMHeadModel", WIDE_GPT, (8, 8), torch.float16),
    "gpt2-untied": ("GPT2LMHeadModel", GPT | dict(n_head=2, n_layer=3, tie_word_embeddings=False), (13, 13),
                    torch.float32),
    "llama": ("LlamaForCausalLM", LLAMA | dict(rope_parameters=dict(rope_type="default", rope_theta=500.0)), (12, 12),
              torch.float32),
    "llama-tied": ("LlamaForCausalLM", WIDE_LLAMA, (10, 10), torch.float16),
    "llama-linear": ("LlamaForCausalLM", LLAMA | dict(num_key_value_heads=3, rope_parameters=LINEAR), (14, 14), torch.bfloat16),
    "llama-3": ("LlamaForCausalLM", WIDE_LLAMA | dict(num_key_value_heads=1, num_hidden_layers=2,
                                                max_position_embeddings=128, rope_parameters=LLAMA_3),
                (16, 16), torch.float32),
    "t5": ("T5ForConditionalGeneration", T5, (17, 17), torch.float32),
    "t5-gated": ("T5ForConditionalGeneration", WIDE_T5, (19, 19), torch.float16),
}
# Name: configuration, height and width of the wide images, filter that resizes photos, type of the numbers in the file.
IMAGE_MODELS = {
    # Two rows of seven patches, and five rows of four: one grid is larger along one axis alone, the other along both.
    "vit": (VIT, (8, 28), PIL.Image.Resampling.BILINEAR, torch.float32),
    "vit-grey-half": (GREY_VIT, (17, 12), PIL.Image.Resampling.BICUBIC, torch.float16),
}
PHOTO = (37, 23)

# The ones whose configuration is spelt as most files on the hub have it.
OLD_SPELLING = {"llama-tied", "llama-linear"}
NEW_TOKENS = 12
TARGET = 15
BEAMS = 3
LARGEST = 150_000


def spread(model):
    """Moves every weight, also the norms' and biases, which begin at 1 and 0 and would hide that they are not read."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)


def record(name, folder):
    """Writes one checkpoint, and what the library reads and computes when it loads the file again."""
    kind, sizes, lengths, dtype = MODELS[name]
    torch.manual_seed(sum(name.encode()))
    model_class = getattr(transformers, kind)
    config = model_class.config_class(**sizes)
    model = model_class(config)
    spread(model)
    model.tie_weights()
    if config.model_type == "t5" and not config.scale_decoder_outputs:
        # Version 5 of the library ties this head, too, unless the file has one of its own.
        model.lm_head.weight = torch.nn.Parameter(torch.randn_like(model.lm_head.weight) * 0.4)
    model.to(dtype).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if name in OLD_SPELLING:
        spell_as_before(folder / "config.json")

    model = model_class.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    longest = max(lengths)
    ids = torch.randint(0, config.vocab_size, (len(lengths), longest))
    mask = torch.zeros_like(ids)
    types = torch.zeros_like(ids)
    for row, length in enumerate(lengths):
        mask[row, :length] = 1
        types[row, length // 2:length] = 1
    inputs = dict(input_ids=ids, attention_mask=mask)
    if config.model_type in ("bert", "albert"):
        inputs["token_type_ids"] = types
    if config.model_type == "t5":
        inputs["decoder_input_ids"] = targets(config, len(lengths))
    with torch.no_grad():
        result = model(**inputs, output_hidden_states=True, output_attentions=True)
    tensors = dict(ids=ids, types=types, mask=mask)
    if config.model_type == "llama":
        # Without a mask, the library would take every 0 for padding.
        tensors["generated"] = model.generate(ids[:1], attention_mask=mask[:1], max_new_tokens=NEW_TOKENS,
                                              do_sample=False, pad_token_id=0)
    if config.model_type == "t5":
        tensors["target"] = inputs["decoder_input_ids"]
        tensors |= of_decoder(model, ids[:1], result)
        hidden_states, attentions = result.encoder_hidden_states, result.encoder_attentions
    else:
        hidden_states, attentions = result.hidden_states, result.attentions
    tensors |= {f"hidden.{i}": states for i, states in enumerate(hidden_states)}
    tensors |= {f"attentions.{i}": weights for i, weights in enumerate(attentions)}
    if "logits" in result:
        tensors["logits"] = result.logits
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, folder / "expected.safetensors")


def targets(config, number):
    """Random targets, which begin with the start token."""
    ids = torch.randint(0, config.vocab_size, (number, TARGET))
    ids[:, 0] = config.decoder_start_token_id
    return ids


def of_decoder(model, source, result):
    """The states of a T5's decoder, and what it writes for a source: the likeliest token each time, and by a search."""
    tensors = {f"decoder.hidden.{i}": states for i, states in enumerate(result.decoder_hidden_states)}
    tensors |= {f"decoder.attentions.{i}": weights for i, weights in enumerate(result.decoder_attentions)}
    tensors |= {f"cross.{i}": weights for i, weights in enumerate(result.cross_attentions)}
    # The library's cache takes the decoder to be as deep as the encoder.
    for name, beams in (("generated", 1), ("searched", BEAMS)):
        tensors[name] = model.generate(source, attention_mask=torch.ones_like(source), max_new_tokens=NEW_TOKENS,
                                       do_sample=False, num_beams=beams, use_cache=False)
    return tensors


def record_images(name, folder):
    """Writes one checkpoint of a ViT, and what the library computes with images of two sizes."""
    sizes, wide, resample, dtype = IMAGE_MODELS[name]
    torch.manual_seed(sum(name.encode()))
    model_class = transformers.ViTForImageClassification
    config = transformers.ViTConfig(**sizes)
    model = model_class(config)
    spread(model)
    model.to(dtype).save_pretrained(folder)
    model = model_class.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    tensors = {}
    for start, size in [("", (config.image_size, config.image_size)), ("wide.", wide)]:
        pixels = torch.rand(2, config.num_channels, *size) * 2 - 1
        with torch.no_grad():
            result = model(pixel_values=pixels, interpolate_pos_encoding=True, output_hidden_states=True,
                           output_attentions=True)
        tensors[f"{start}pixels"] = pixels
        tensors |= {f"{start}hidden.{i}": states for i, states in enumerate(result.hidden_states)}
        tensors |= {f"{start}attentions.{i}": weights for i, weights in enumerate(result.attentions)}
        tensors[f"{start}logits"] = result.logits

    photo = photo_of(config.num_channels)
    photo.save(folder / "photo.png")
    mean = [0.4, 0.5, 0.6][:config.num_channels]
    processor = transformers.ViTImageProcessorPil(size=dict(height=config.image_size, width=config.image_size),
                                                  resample=resample, image_mean=mean, image_std=mean[::-1])
    processor.save_pretrained(folder)
    pixels = processor(photo, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        logits = model(pixel_values=pixels).logits
    tensors |= {"photo.pixels": pixels[0], "photo.logits": logits}
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, folder / "expected.safetensors")


def photo_of(channels):
    """Makes an image of waves and noise, which is not square."""
    width, height = PHOTO
    down, across = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    waves = torch.stack([torch.sin(down / (3 + channel) + across / 5) for channel in range(channels)], -1)
    noise = torch.rand(height, width, channels) - 0.5
    pixels = ((waves + noise) * 80 + 128).clamp(0, 255).to(torch.uint8).numpy()
    return PIL.Image.fromarray(pixels if channels == 3 else pixels[..., 0])


def spell_as_before(path):
    """Gives a configuration the fields of version 4 of the library."""
    fields = json.loads(path.read_text())
    scaling = fields.pop("rope_parameters")
    fields["rope_theta"] = scaling.pop("rope_theta")
    kind = scaling.pop("rope_type")
    fields["rope_scaling"] = None if kind == "default" else dict(type=kind, **scaling)
    fields["torch_dtype"] = fields.pop("dtype")
    path.write_text(json.dumps(fields, indent=2, sort_keys=True) + "\n")


def use_old_names(folder):
    """Calls the norms' weights gamma and beta, as the first checkpoints of BERT do."""
    path = folder / "model.safetensors"
    old = {}
    for name, tensor in load_file(path).items():
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        old[name] = tensor
    save_file(old, path, metadata={"format": "pt"})


def main(target):
    for name in [*MODELS, *IMAGE_MODELS]:
        folder = target / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if name in IMAGE_MODELS:
            record_images(name, folder)
        else:
            record(name, folder)
        if name == "bert-fill-mask":
            use_old_names(folder)
        for path in folder.iterdir():
            size = path.stat().st_size
            if size > LARGEST:
                sys.exit(f"{path}: expected at most {LARGEST} bytes, found {size}; choose smaller sizes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("checkpoints.py: expected one argument, the folder of the fixtures")
    main(pathlib.Path(sys.argv[1]))
