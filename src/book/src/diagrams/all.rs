//! The diagrams: `book/diagrams/NAME.rs`, as the build script finds them.

use super::NamedDiagram;

include!(concat!(env!("OUT_DIR"), "/diagrams.rs"));
