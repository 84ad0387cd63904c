//! Finds changes by a walk through the syntax.

use std::ops::Range;

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, Ident, Lit, Stmt, Token, UnOp};

use super::parameters::{self, Parameter};
use super::tables::{BLOCKS, CONFUSED, DROPPED, GUARD, HEADS, SENTINELS};
use super::{Mutant, names};

/// Returns every change to a source, in no particular order, and some of them twice.
pub(super) fn changes(source: &str) -> syn::Result<Vec<Mutant>> {
    let mut finder = Finder {
        source,
        function: String::new(),
        names: Vec::new(),
        parameters: Vec::new(),
        found: Vec::new(),
    };
    finder.visit_file(&syn::parse_file(source)?);
    Ok(finder.found)
}

struct Finder<'a> {
    source: &'a str,
    function: String,
    /// The names that the function hands on as arguments, which may be taken for one another.
    names: Vec<String>,
    /// The parameters of the function that are numbers.
    parameters: Vec<Parameter>,
    found: Vec<Mutant>,
}

impl Finder<'_> {
    fn text(&self, span: Span) -> String {
        self.source
            .get(span.byte_range())
            .unwrap_or_default()
            .to_owned()
    }

    /// Adds the change of what a span covers, if it is one.
    fn change(&mut self, span: Span, after: impl Into<String>) {
        let (before, after) = (self.text(span), after.into());
        if before != after && !before.is_empty() {
            self.add(span.start().line, span.byte_range(), after);
        }
    }

    fn add(&mut self, line: usize, range: Range<usize>, after: String) {
        self.found.push(Mutant {
            function: self.function.clone(),
            line,
            before: self.source[range.clone()].to_owned(),
            after,
            range,
        });
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

    /// Rounds a product of `f64` to `f32`, and guards a sum that something is divided by.
    fn lose_digits(&mut self, node: &syn::ExprBinary) {
        let (text, right) = (self.text(node.span()), self.text(node.right.span()));
        // A whole number that is cast on the right, such as 2i, is exact in `f32` as well.
        let left_is_cast = matches!(*node.left, Expr::Cast(_));
        match node.op {
            BinOp::Mul(_) if left_is_cast && text.contains("as f64") => {
                self.change(node.span(), format!("f64::from(({text}) as f32)"));
            }
            BinOp::Div(_) | BinOp::DivAssign(_) if right.contains("sum(") => {
                self.change(node.right.span(), format!("({right} + {GUARD})"));
            }
            _ => {}
        }
    }

    /// Takes another argument of the function: its neighbours in the alphabet, so that mutants stay few.
    fn confuse<'e>(&mut self, arguments: impl IntoIterator<Item = &'e Expr>) {
        for name in arguments.into_iter().filter_map(names::name) {
            let Some(place) = self.names.iter().position(|other| *other == name.text) else {
                continue;
            };
            let before = place
                .checked_sub(1)
                .and_then(|before| self.names.get(before));
            let after = self.names.get(place + 1);
            let neighbours: Vec<String> = before.into_iter().chain(after).cloned().collect();
            for neighbour in neighbours {
                self.change(name.span, neighbour);
            }
        }
    }

    /// Swaps each element with the next.
    fn swap(&mut self, elements: &Punctuated<Expr, Token![,]>) {
        for (first, second) in elements.iter().zip(elements.iter().skip(1)) {
            let (first, second) = (first.span(), second.span());
            let (left, right) = (self.text(first), self.text(second));
            if left == right {
                continue;
            }
            let (first_bytes, second_bytes) = (first.byte_range(), second.byte_range());
            let between = &self.source[first_bytes.end..second_bytes.start];
            let after = format!("{right}{between}{left}");
            self.add(
                first.start().line,
                first_bytes.start..second_bytes.end,
                after,
            );
        }
    }

    /// Takes the names that are easily taken for this one.
    fn take_others(&mut self, name: &Ident) {
        for (confused, others) in CONFUSED {
            if name == confused {
                for other in *others {
                    self.change(name.span(), *other);
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        let outer = std::mem::replace(&mut self.function, node.sig.ident.to_string());
        let outer_names = std::mem::replace(&mut self.names, names::all(&node.block));
        let outer_parameters =
            std::mem::replace(&mut self.parameters, parameters::numbers(&node.sig));
        // The signature is the exercise's own: only the body is a learner's to get wrong.
        self.visit_block(&node.block);
        (self.function, self.names) = (outer, outer_names);
        self.parameters = outer_parameters;
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
        self.lose_digits(node);
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

    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        let all = self.text(node.expr.span());
        self.change(
            node.expr.span(),
            format!("({all}).into_iter().take({BLOCKS})"),
        );
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        let (condition, body) = (self.text(node.cond.span()), self.text(node.body.span()));
        self.change(
            node.span(),
            format!("loop {{ {body} if !({condition}) {{ break; }} }}"),
        );
        visit::visit_expr_while(self, node);
    }

    fn visit_expr_field(&mut self, node: &'ast syn::ExprField) {
        if matches!(&node.member, syn::Member::Named(name) if name == HEADS.0) {
            self.change(node.span(), HEADS.1);
        }
        visit::visit_expr_field(self, node);
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        self.take_others(&node.method);
        let name = node.method.to_string();
        let receiver = self.text(node.receiver.span());
        if DROPPED.contains(&name.as_str()) {
            self.change(node.span(), receiver.clone());
        }
        if let ("dot", Some(argument)) = (name.as_str(), node.args.first()) {
            let argument = self.text(argument.span());
            let argument = argument.trim_start_matches('&');
            self.change(node.span(), format!("{argument}.dot(&{receiver})"));
        }
        self.swap(&node.args);
        self.confuse(node.args.iter().chain([node.receiver.as_ref()]));
        visit::visit_expr_method_call(self, node);
    }

    fn visit_expr_call(&mut self, node: &'ast syn::ExprCall) {
        if self.text(node.func.span()) == "Some" {
            self.change(node.span(), "None");
        }
        self.swap(&node.args);
        self.confuse(&node.args);
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
        self.swap(&node.elems);
        visit::visit_expr_tuple(self, node);
    }

    fn visit_expr_path(&mut self, node: &'ast syn::ExprPath) {
        // Of paths, only constants: a function by the name of a method is its own.
        if let Some(last) = node.path.segments.last() {
            let name = last.ident.to_string();
            if name.to_uppercase() == name {
                self.take_others(&last.ident);
            }
            if last.ident == "NEG_INFINITY" {
                for sentinel in SENTINELS {
                    self.change(node.span(), *sentinel);
                }
            }
        }
        if let Some(name) = node.path.get_ident() {
            let parameter = self.parameters.iter().find(|known| *name == known.name);
            for constant in parameter.map_or(Vec::new(), |known| known.constants.clone()) {
                self.change(node.span(), constant);
            }
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
