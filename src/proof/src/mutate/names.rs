//! The names that a function hands on: those that may be taken for one another.

use std::collections::BTreeSet;

use proc_macro2::Span;
use syn::Expr;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Returns all names in the calls of a block, in the order of the alphabet.
pub(super) fn all(block: &syn::Block) -> Vec<String> {
    let mut calls = Calls::default();
    calls.visit_block(block);
    calls.0.into_iter().collect()
}

/// The variables and fields in calls, such as `memory` and `weights.norm` in `weights.norm.apply(memory.view())`.
#[derive(Default)]
struct Calls(BTreeSet<String>);

impl Calls {
    fn add(&mut self, argument: &Expr) {
        if let Some(name) = name(argument) {
            self.0.insert(name.text);
        }
    }
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_call(&mut self, node: &'ast syn::ExprCall) {
        for argument in &node.args {
            self.add(argument);
        }
        visit::visit_expr_call(self, node);
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        for argument in &node.args {
            self.add(argument);
        }
        self.add(&node.receiver);
        visit::visit_expr_method_call(self, node);
    }
}

/// A variable or field, and the place where it is named.
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
}

/// Returns the variable or field that an argument is made of, through references and calls of methods on it.
pub(super) fn name(argument: &Expr) -> Option<Name> {
    let span = match argument {
        Expr::Reference(reference) => return name(&reference.expr),
        Expr::MethodCall(call) if call.args.is_empty() => return name(&call.receiver),
        Expr::Field(field) => field.span(),
        Expr::Path(path) => path.path.get_ident()?.span(),
        _ => return None,
    };
    let text = span.source_text()?.split_whitespace().collect();
    Some(Name { text, span })
}
