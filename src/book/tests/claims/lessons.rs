//! The claims of each lesson: `book/claims/NAME.rs`, as the build script finds them.

use crate::quizzes::QuizClaims;

include!(concat!(env!("OUT_DIR"), "/claims.rs"));
