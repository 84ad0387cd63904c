//! Compares what a learner's functions return with what libtorch returned for the same inputs, and says where and why
//! they differ.
//!
//! The data's way, module by module:
//!
//! 1. A [`Pack`] holds an exercise's cases with libtorch's right outputs, and with what it returns when it makes a
//!    known mistake.
//! 2. A [`Case`] is what one call of a learner's function gets. `tests/grade.rs` adapts it to the function's
//!    signature, and the result to a [`Reply`]; see [`exercise`].
//! 3. The calls are made in a [`Worker`], a process that knows no expected value and can be ended at any time. Its
//!    replies come by standard output, and what the learner's code prints there is told from them by a marker. Nothing
//!    beyond its case's [`ReplyBound`] is read. A call without a reply is a [`Failure`].
//! 4. [`grade`] compares the replies entry by entry ([`Comparison`]), each output as its [`OutputKind`] demands: numbers
//!    within a tolerance, ids and texts exactly, counts against a bound. It looks for [`Pattern`]s in the differences and
//!    for recorded mistakes that give the same entries, checks each [`Property`], and comes to a [`Verdict`].
//! 5. A [`Report`] says it in words, [`plot::draw`] in a picture, [`heat::maps`] in the terminal.
//!
//! A test program calls no more of this than a worker needs. For the rest, it asks the shared library of the crate
//! `attentive-harness`, by a [`HarnessRequest`].
//!
//! An exercise's `tests/grade.rs` is this and no more:
//!
//! ```text
//! fn main() -> std::process::ExitCode {
//!     attentive_grader::exercise(env!("CARGO_MANIFEST_DIR"))
//!         .compiled_from(option_env!("ATTENTIVE_DIGESTS"))
//!         .task("scores", |case| Ok(case.reply("scores", scores(case.view("q")?, case.view("k")?))))
//!         .main()
//! }
//! ```

pub mod book;
mod bundle;
mod case;
mod compare;
mod data;
mod edit;
mod exercise;
mod exercise_text;
mod failure;
mod finding;
mod grade;
mod grading;
mod harness;
pub mod heat;
mod items;
mod location;
mod manifest;
mod marker;
mod mask_region;
mod metric;
mod naming;
mod number;
mod order;
mod outdated;
mod output;
mod pack;
mod panics;
mod pattern;
mod pattern_search;
mod peak_memory;
mod pieces;
pub mod plot;
mod print_frames;
mod property;
mod relation;
mod relative;
mod reply_bound;
mod reply_error;
mod reply_stream;
mod report;
mod respond;
mod separation;
mod serve;
mod tensor;
mod terminal;
mod texts;
mod uniform;
mod verdict;
mod visible;
mod wire;
mod worker;

pub use bundle::{Bundle, BundleError};
pub use case::{Case, CaseError, Outputs, Reply};
pub use compare::{Comparison, Difference};
pub use data::{PACK, data_directory};
pub use edit::{Change, Edit};
pub use exercise::{Exercise, exercise, serve_exercises};
pub use exercise_text::{
    ExerciseText, ExerciseTextError, LEAST_HINTS, LEAST_MISTAKES, MistakeText, TaskText,
};
pub use failure::{Failure, ProcessEnd, Signal, SourceLocation};
pub use finding::Finding;
pub use grade::{Extent, Grade, NamedMistake, TaskGrade, TaskPosition};
pub use grading::{first_failure, grade};
pub use harness::HarnessRequest;
pub use items::{Item, Items};
pub use manifest::{CaseInfo, FORMAT, Manifest, Mistake, Task};
pub use mask_region::MaskRegion;
pub use metric::{Growth, Metric, Tolerance};
pub use outdated::{OutdatedError, ensure_compiled_from, ensure_up_to_date, own_digest};
pub use output::{Labels, Output, OutputKind, OwnTolerance, PieceSource};
pub use pack::{Pack, PackError, PackProblem};
pub use pattern::Pattern;
pub use peak_memory::{CountingAllocator, peak_memory};
pub use print_frames::PrintFrames;
pub use property::Property;
pub use relation::{Relation, RelationKind};
pub use relative::relative;
pub use reply_bound::{ReplyBound, ReplyBounds};
pub use report::Report;
pub use respond::Respond;
pub use separation::{Separation, separations};
pub use tensor::{Entry, Tensor};
pub use terminal::{WIDEST, columns, unbreakable, wrap};
pub use uniform::uniform;
pub use verdict::Verdict;
pub use visible::visible;
pub use worker::{DEFAULT_LIMIT, Worker};
