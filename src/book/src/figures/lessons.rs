//! The figures of each lesson: `book/figures/NAME.rs`, as the build script finds them.

use super::LessonFigures;

include!(concat!(env!("OUT_DIR"), "/figures.rs"));
