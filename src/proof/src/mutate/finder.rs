//! Where changes are made: a walk through the syntax.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Lit, Stmt, UnOp};

use super::Mutant;
use crate::names;

/// Every change to a source, in whatever order, and some of them twice.
pub(super) fn changes(source: &str) -> syn::Result<Vec<Mutant>> {
    let mut finder = Finder {
        source,
        function: String::new(),
        names: Vec::new(),
        found: Vec::new(),
    };
    finder.visit_file(&syn::parse_file(source)?);
    Ok(finder.found)
}

/// Methods and constants that are easily taken for one another.
const CONFUSED: &[(&str, &[&str])] = &[
    ("exp", &["exp2", "abs"]),
    ("ln", &["log2"]),
    ("sqrt", &["abs", "cbrt"]),
    ("max", &["min"]),
    ("min", &["max"]),
    ("sin", &["cos"]),
    ("cos", &["sin"]),
    ("tanh", &["sin"]),
    ("nrows", &["ncols"]),
    ("ncols", &["nrows"]),
    ("sum", &["product"]),
    ("mean", &["sum"]),
    ("INFINITY", &["NEG_INFINITY"]),
    ("NEG_INFINITY", &["INFINITY", "MIN_POSITIVE"]),
];

/// Methods without which an expression still has its type.
const DROPPED: &[&str] = &[
    "t",
    "rev",
    "abs",
    "exp",
    "ln",
    "sqrt",
    "tanh",
    "powi",
    "reversed_axes",
    "cos",
    "sin",
];

struct Finder<'a> {
    source: &'a str,
    function: String,
    /// What the function hands on as arguments: names that may be taken for one another.
    names: Vec<String>,
    found: Vec<Mutant>,
}

impl Finder<'_> {
    fn text(&self, span: Span) -> String {
        self.source
            .get(span.byte_range())
            .unwrap_or_default()
            .to_owned()
    }

    fn change(&mut self, span: Span, after: impl Into<String>) {
        let (before, after) = (self.text(span), after.into());
        if before != after && !before.is_empty() {
            let (function, line, range) =
                (self.function.clone(), span.start().line, span.byte_range());
            self.found.push(Mutant {
                function,
                line,
                before,
                after,
                range,
            });
        }
    }

    fn binary(&mut self, node: &syn::ExprBinary) {
        let other = match node.op {
            BinOp::Add(_) => "-",
            BinOp::Sub(_) => "+",
            BinOp::Mul(_) => "/",
            BinOp::Div(_) => "*",
            BinOp::Rem(_) => "/",
            BinOp::Lt(_) => "<=",
            BinOp::Le(_) => "<",
            BinOp::Gt(_) => ">=",
            BinOp::Ge(_) => ">",
            BinOp::Eq(_) => "!=",
            BinOp::Ne(_) => "==",
            BinOp::And(_) => "||",
            BinOp::Or(_) => "&&",
            BinOp::AddAssign(_) => "-=",
            BinOp::SubAssign(_) => "+=",
            BinOp::MulAssign(_) => "/=",
            BinOp::DivAssign(_) => "*=",
            _ => return,
        };
        self.change(node.op.span(), other);
        if let BinOp::Add(_) | BinOp::Sub(_) | BinOp::Mul(_) | BinOp::Div(_) | BinOp::Rem(_) =
            node.op
        {
            let (left, right) = (self.text(node.left.span()), self.text(node.right.span()));
            self.change(node.span(), left.clone());
            self.change(node.span(), right.clone());
            if let BinOp::Sub(_) | BinOp::Div(_) = node.op {
                let op = self.text(node.op.span());
                self.change(node.span(), format!("{right} {op} {left}"));
            }
        }
    }

    /// Takes another argument of the function: its neighbours in the alphabet, so that mutants stay few.
    fn confused<'e>(&mut self, elements: impl IntoIterator<Item = &'e Expr>) {
        for (name, span) in elements.into_iter().filter_map(names::name) {
            let Some(place) = self.names.iter().position(|other| *other == name) else {
                continue;
            };
            let neighbours = [place.checked_sub(1), Some(place + 1)];
            let others: Vec<_> = neighbours
                .into_iter()
                .flatten()
                .filter_map(|place| self.names.get(place).cloned())
                .collect();
            others
                .into_iter()
                .for_each(|other| self.change(span, other));
        }
    }

    fn swapped(&mut self, elements: &syn::punctuated::Punctuated<Expr, syn::Token![,]>) {
        let elements: Vec<&Expr> = elements.iter().collect();
        for pair in elements.windows(2) {
            let (first, second) = (self.text(pair[0].span()), self.text(pair[1].span()));
            let both = pair[0].span().byte_range().start..pair[1].span().byte_range().end;
            let between = self.source
                [pair[0].span().byte_range().end..pair[1].span().byte_range().start]
                .to_owned();
            let (function, line) = (self.function.clone(), pair[0].span().start().line);
            if first != second {
                let (before, after) = (
                    self.source[both.clone()].to_owned(),
                    format!("{second}{between}{first}"),
                );
                self.found.push(Mutant {
                    function,
                    line,
                    before,
                    after,
                    range: both,
                });
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        let outer = std::mem::replace(&mut self.function, node.sig.ident.to_string());
        let outer_names = std::mem::replace(&mut self.names, names::all(&node.block));
        // The signature is the exercise's own: only the body is a learner's to get wrong.
        self.visit_block(&node.block);
        (self.function, self.names) = (outer, outer_names);
    }

    fn visit_item_const(&mut self, node: &'ast syn::ItemConst) {
        let outer = std::mem::replace(&mut self.function, node.ident.to_string());
        self.visit_expr(&node.expr);
        self.function = outer;
    }

    fn visit_stmt(&mut self, node: &'ast Stmt) {
        if let Stmt::Expr(_, Some(_)) = node {
            self.change(node.span(), "{}");
        }
        visit::visit_stmt(self, node);
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        self.binary(node);
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_unary(&mut self, node: &'ast syn::ExprUnary) {
        if let UnOp::Neg(_) | UnOp::Not(_) = node.op {
            let operand = self.text(node.expr.span());
            self.change(node.span(), operand);
        }
        visit::visit_expr_unary(self, node);
    }

    fn visit_expr_if(&mut self, node: &'ast syn::ExprIf) {
        if !matches!(*node.cond, Expr::Let(_)) {
            let condition = self.text(node.cond.span());
            self.change(node.cond.span(), format!("!({condition})"));
        }
        visit::visit_expr_if(self, node);
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        let name = node.method.to_string();
        let others = CONFUSED
            .iter()
            .filter(|(method, _)| *method == name)
            .flat_map(|(_, others)| *others);
        others.for_each(|other| self.change(node.method.span(), *other));
        let receiver = self.text(node.receiver.span());
        if DROPPED.contains(&name.as_str()) {
            self.change(node.span(), receiver.clone());
        }
        if let ("dot", Some(argument)) = (name.as_str(), node.args.first()) {
            let argument = self.text(argument.span());
            let argument = argument.trim_start_matches('&');
            self.change(node.span(), format!("{argument}.dot(&{receiver})"));
        }
        self.swapped(&node.args);
        self.confused(node.args.iter().chain([node.receiver.as_ref()]));
        visit::visit_expr_method_call(self, node);
    }

    fn visit_expr_call(&mut self, node: &'ast syn::ExprCall) {
        if self.text(node.func.span()) == "Some" {
            self.change(node.span(), "None");
        }
        self.swapped(&node.args);
        self.confused(&node.args);
        visit::visit_expr_call(self, node);
    }

    fn visit_expr_struct(&mut self, node: &'ast syn::ExprStruct) {
        let fields: Vec<_> = node
            .fields
            .iter()
            .filter(|field| field.colon_token.is_none())
            .collect();
        for pair in fields.windows(2) {
            let (field, other) = (self.text(pair[0].span()), self.text(pair[1].span()));
            self.change(pair[0].span(), format!("{field}: {other}.clone()"));
        }
        visit::visit_expr_struct(self, node);
    }

    fn visit_expr_tuple(&mut self, node: &'ast syn::ExprTuple) {
        self.swapped(&node.elems);
        visit::visit_expr_tuple(self, node);
    }

    fn visit_expr_path(&mut self, node: &'ast syn::ExprPath) {
        if let Some(last) = node.path.segments.last() {
            let name = last.ident.to_string();
            let others = CONFUSED
                .iter()
                .filter(|(path, _)| *path == name && name.to_uppercase() == name);
            others
                .flat_map(|(_, others)| *others)
                .for_each(|other| self.change(last.ident.span(), *other));
        }
        visit::visit_expr_path(self, node);
    }

    fn visit_expr_range(&mut self, node: &'ast syn::ExprRange) {
        if let Some(start) = &node.start {
            let start_text = self.text(start.span());
            self.change(start.span(), format!("({start_text} + 1)"));
        }
        if let Some(end) = &node.end {
            let end_text = self.text(end.span());
            self.change(end.span(), format!("({end_text} - 1)"));
        }
        visit::visit_expr_range(self, node);
    }

    fn visit_lit(&mut self, node: &'ast Lit) {
        match node {
            Lit::Int(number) => {
                let Ok(value) = number.base10_parse::<u64>() else {
                    return;
                };
                let suffix = number.suffix();
                self.change(number.span(), format!("{}{suffix}", value + 1));
                if value > 0 {
                    self.change(number.span(), format!("{}{suffix}", value - 1));
                }
            }
            Lit::Float(number) => {
                let Ok(value) = number.base10_parse::<f64>() else {
                    return;
                };
                let other = if value == 0.0 { 1.0 } else { 2.0 * value };
                self.change(number.span(), format!("{other:?}{}", number.suffix()));
            }
            Lit::Bool(truth) => self.change(truth.span(), (!truth.value).to_string()),
            _ => {}
        }
    }
}
