//! The parts of an entry: its package, the files that are taken out of it, and their checks.

/// A model or a text.
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
    /// A source archive of PyPI.
    PyPiSource,
    /// A package of npm, which `npm` downloads.
    Npm,
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

/// The change that a file needs to be one of the hub's layout.
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
}

impl Package {
    /// The size in megabytes, rounded up.
    pub fn megabytes(&self) -> u64 {
        self.bytes.div_ceil(1_000_000)
    }
}
