//! The names that a function hands on: what may be taken for one another.

use std::collections::BTreeSet;

use proc_macro2::Span;
use quote::ToTokens;
use syn::Expr;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// All names in the calls of a block, in the order of the alphabet.
pub(crate) fn all(block: &syn::Block) -> Vec<String> {
    let mut calls = Calls::default();
    calls.visit_block(block);
    calls.0.into_iter().collect()
}

/// The variables and fields in calls, such as `memory` and `weights.norm` in `weights.norm.apply(memory.view())`.
#[derive(Default)]
struct Calls(BTreeSet<String>);

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_call(&mut self, node: &'ast syn::ExprCall) {
        self.0.extend(
            node.args
                .iter()
                .filter_map(|argument| Some(name(argument)?.0)),
        );
        visit::visit_expr_call(self, node);
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        let mentioned = node.args.iter().chain([node.receiver.as_ref()]);
        self.0
            .extend(mentioned.filter_map(|argument| Some(name(argument)?.0)));
        visit::visit_expr_method_call(self, node);
    }
}

/// The variable or field that an argument is made of, through references and calls of methods on it.
pub(crate) fn name(argument: &Expr) -> Option<(String, Span)> {
    match argument {
        Expr::Reference(reference) => name(&reference.expr),
        Expr::MethodCall(call) if call.args.is_empty() => name(&call.receiver),
        Expr::Field(field) => Some((
            field.to_token_stream().to_string().replace(' ', ""),
            field.span(),
        )),
        Expr::Path(path) => path
            .path
            .get_ident()
            .map(|ident| (ident.to_string(), ident.span())),
        _ => None,
    }
}
