//! Tables of the mutations: names that are taken for one another, and pieces that are written instead of others.

/// Methods and constants that are easily taken for one another.
pub(super) const CONFUSED: &[(&str, &[&str])] = &[
    ("exp", &["exp2", "abs"]),
    ("ln", &["log2"]),
    ("sqrt", &["abs", "cbrt"]),
    ("max", &["min"]),
    ("min", &["max"]),
    ("sin", &["cos"]),
    ("cos", &["sin"]),
    ("tanh", &["sin"]),
    ("nrows", &["ncols"]),
    ("ncols", &["nrows"]),
    ("sum", &["product"]),
    ("mean", &["sum"]),
    ("INFINITY", &["NEG_INFINITY"]),
    ("NEG_INFINITY", &["INFINITY", "MIN_POSITIVE"]),
];

/// Numbers that are taken for −∞ because the scores that they were tried with are far above them.
pub(super) const SENTINELS: &[&str] = &["(-100.0)", "(-10_000.0)", "(-1_000_000.0)"];

/// A number that is added to a sum lest it be 0, and that is too large.
pub(super) const GUARD: &str = "1e-4";

/// The number of blocks that most models of the course have.
pub(super) const BLOCKS: usize = 2;

/// The field of a model that says how many heads it has, and a number that it often is.
pub(super) const HEADS: (&str, &str) = ("heads", "2");

/// Methods without which an expression still has its type.
pub(super) const DROPPED: &[&str] = &[
    "t",
    "rev",
    "abs",
    "exp",
    "ln",
    "sqrt",
    "tanh",
    "powi",
    "reversed_axes",
    "cos",
    "sin",
];
