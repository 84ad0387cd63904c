//! An exercise: its names, and where its files are.

use std::path::{Path, PathBuf};

/// A tree of exercises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tree {
    /// `exercises/`: the crates that learners edit.
    Exercises,
    /// `solutions/`: the same crates, solved.
    Solutions,
}

impl Tree {
    /// All trees.
    pub const ALL: [Self; 2] = [Self::Exercises, Self::Solutions];

    /// Name of the tree's folder, below the course's root.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Exercises => "exercises",
            Self::Solutions => "solutions",
        }
    }
}

/// An exercise's crate in one of the trees. All paths are relative to the course's root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exercise {
    /// Its number as the folder has it, such as `05`.
    pub number: String,
    /// Its name, such as `scaled-dot-product`.
    pub name: String,
    /// The tree in which this crate is.
    pub tree: Tree,
}

impl Exercise {
    /// Reads a folder's name such as `05-scaled-dot-product`; `None` if it is not an exercise's.
    pub fn from_folder(folder: &str, tree: Tree) -> Option<Self> {
        let (number, name) = folder.split_once('-')?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || name.is_empty() {
            return None;
        }
        Some(Self {
            number: number.to_owned(),
            name: name.to_owned(),
            tree,
        })
    }

    /// Reads the path of an exercise's folder, relative to the course's root.
    pub fn from_path(directory: &Path) -> Option<Self> {
        let tree = Tree::ALL
            .into_iter()
            .find(|tree| directory.parent() == Some(Path::new(tree.folder())))?;
        Self::from_folder(directory.file_name()?.to_str()?, tree)
    }

    /// Returns the same exercise in a tree.
    #[must_use]
    pub fn in_tree(&self, tree: Tree) -> Self {
        Self {
            tree,
            ..self.clone()
        }
    }

    /// Name of its folder, such as `05-scaled-dot-product`.
    pub fn folder(&self) -> String {
        format!("{}-{}", self.number, self.name)
    }

    /// Path of its folder.
    pub fn directory(&self) -> PathBuf {
        Path::new(self.tree.folder()).join(self.folder())
    }

    /// Path of its manifest.
    pub fn manifest(&self) -> PathBuf {
        self.directory().join("Cargo.toml")
    }

    /// Path of the file to edit.
    pub fn source(&self) -> PathBuf {
        self.directory().join("src/lib.rs")
    }

    /// Name of its package, by which cargo knows it.
    pub fn package(&self) -> String {
        match self.tree {
            Tree::Exercises => self.name.clone(),
            Tree::Solutions => format!("{}-solution", self.name),
        }
    }

    /// Name of its library, as Rust code calls it.
    pub fn library(&self) -> String {
        self.name.replace('-', "_")
    }

    /// Folder of its data, which both trees share: the golden pack, its words and its adapter.
    pub fn data_directory(&self) -> PathBuf {
        Path::new(Tree::Exercises.folder()).join(self.folder())
    }

    /// Path of its golden pack.
    pub fn pack(&self) -> PathBuf {
        self.data_directory().join("golden.safetensors")
    }

    /// Path of its `exercise.toml`: the exercise in words.
    pub fn words(&self) -> PathBuf {
        self.data_directory().join("exercise.toml")
    }

    /// Path of its adapter, which says how each task's function is called.
    pub fn adapter(&self) -> PathBuf {
        self.data_directory().join("tests/grade.rs")
    }

    /// Returns `true` if the exercise goes by a name, a folder or a number.
    pub fn is_called(&self, wanted: &str) -> bool {
        let parse = |number: &str| number.parse::<u32>().ok();
        let same_number = parse(wanted).is_some() && parse(wanted) == parse(&self.number);
        self.name == wanted || self.folder() == wanted || same_number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_and_a_name_make_an_exercise() {
        let exercise = Exercise::from_path(Path::new("solutions/05-scaled-dot-product"))
            .expect("an exercise's folder");
        assert_eq!(exercise.package(), "scaled-dot-product-solution");
        assert_eq!(exercise.library(), "scaled_dot_product");
        assert_eq!(
            exercise.in_tree(Tree::Exercises).source(),
            Path::new("exercises/05-scaled-dot-product/src/lib.rs")
        );
        for path in [
            "book/05-softmax",
            "exercises/softmax",
            "exercises/-softmax",
            "exercises/5a-softmax",
            "exercises/05-",
        ] {
            assert_eq!(Exercise::from_path(Path::new(path)), None, "{path}");
        }
    }
}
