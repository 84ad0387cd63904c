//! A checkout of the course.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::CourseError;
use crate::exercise::{Exercise, Tree};
use crate::find::find;

/// A checkout of the course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    root: PathBuf,
}

impl Course {
    /// The course at a root, which is not looked at. An empty path stands for the current directory.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Opens the course at a root.
    ///
    /// # Errors
    /// When the folder is not the root of a checkout.
    pub fn open(root: &Path) -> Result<Self, CourseError> {
        let root = std::path::absolute(root).map_err(|error| CourseError::Folder {
            path: root.to_owned(),
            error,
        })?;
        if is_root(&root) {
            Ok(Self { root })
        } else {
            Err(CourseError::NotRoot(root))
        }
    }

    /// Finds the course that a folder is in.
    ///
    /// # Errors
    /// When neither the folder nor any above it is the root of a checkout.
    pub fn containing(folder: &Path) -> Result<Self, CourseError> {
        match folder.ancestors().find(|folder| is_root(folder)) {
            Some(root) => Ok(Self::at(root)),
            None => Err(CourseError::NotInside(folder.to_owned())),
        }
    }

    /// The root's path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Path of something in the course, given its path from the root.
    pub fn path(&self, from_root: impl AsRef<Path>) -> PathBuf {
        self.root.join(from_root)
    }

    /// Lists the exercises of a tree, by number.
    ///
    /// # Errors
    /// When the tree cannot be read or has no exercise in it.
    pub fn exercises(&self, tree: Tree) -> Result<Vec<Exercise>, CourseError> {
        let exercises = self.read(tree).map_err(|error| CourseError::Folder {
            path: self.path(tree.folder()),
            error,
        })?;
        if exercises.is_empty() {
            return Err(CourseError::Empty(tree.folder()));
        }
        Ok(exercises)
    }

    /// Lists the exercises of a tree, by number; none if there is no such tree.
    ///
    /// # Errors
    /// When the tree is there and cannot be read.
    pub fn exercises_if_any(&self, tree: Tree) -> Result<Vec<Exercise>, CourseError> {
        match self.read(tree) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            exercises => exercises.map_err(|error| CourseError::Folder {
                path: self.path(tree.folder()),
                error,
            }),
        }
    }

    /// Lists the exercises of a tree that are named, or all if none is; by number.
    ///
    /// # Errors
    /// When the tree cannot be read, or a name is unknown.
    pub fn select(&self, tree: Tree, names: &[String]) -> Result<Vec<Exercise>, CourseError> {
        let all = self.exercises(tree)?;
        if names.is_empty() {
            return Ok(all);
        }
        let mut selected = Vec::new();
        for name in names {
            selected.push(find(&all, name)?.clone());
        }
        selected.sort();
        selected.dedup();
        Ok(selected)
    }

    fn read(&self, tree: Tree) -> io::Result<Vec<Exercise>> {
        let mut exercises = Vec::new();
        for entry in self.path(tree.folder()).read_dir()? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|_| entry.path().is_dir()) else {
                continue;
            };
            exercises.extend(Exercise::from_folder(name, tree));
        }
        exercises.sort();
        Ok(exercises)
    }
}

fn is_root(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file() && folder.join("exercises").is_dir()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_course_is_found_from_within_and_lists_its_exercises() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for path in ["exercises/02-b/src", "exercises/01-a", "exercises/notes"] {
            fs::create_dir_all(root.join(path)).expect("a folder");
        }
        assert!(matches!(Course::open(root), Err(CourseError::NotRoot(_))));
        fs::write(root.join("Cargo.toml"), "").expect("a file");
        let course = Course::containing(&root.join("exercises/02-b/src")).expect("a course");
        assert_eq!(course.root(), root);
        let exercises = course.exercises(Tree::Exercises).expect("exercises");
        let names: Vec<_> = exercises.iter().map(Exercise::folder).collect();
        assert_eq!(names, ["01-a", "02-b"]);
        let selected = course
            .select(Tree::Exercises, &["2".into(), "b".into()])
            .expect("one exercise");
        assert_eq!(selected, exercises[1..]);
        assert!(course.exercises(Tree::Solutions).is_err());
        assert_eq!(
            course.exercises_if_any(Tree::Solutions).expect("none"),
            Vec::new()
        );
    }
}
