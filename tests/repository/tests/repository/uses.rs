//! The paths that a source file names, by its syntax.

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, UseTree};

/// A path that begins in this crate, and the line where it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// A name that a `use` brings into a module: its path.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) name: String,
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// All that one item names.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) uses: Vec<Use>,
    pub(crate) imports: Vec<Import>,
}

/// Returns `true` if an item is compiled for tests alone.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        _ => false,
    })
}

impl Named {
    pub(crate) fn read(&mut self, item: &Item) {
        self.visit_item(item);
    }

    /// Adds each name of a tree such as `crate::{a::{B, C as D}, e}`.
    fn flatten(&mut self, tree: &UseTree, mut path: Vec<String>) {
        let line = tree.span().start().line;
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                self.flatten(&step.tree, path);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.flatten(tree, path.clone());
                }
            }
            UseTree::Name(name) if name.ident == "self" => {
                let name = path.last().cloned().unwrap_or_default();
                self.imports.push(Import { name, path, line });
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                path.push(name.clone());
                self.imports.push(Import { name, path, line });
            }
            UseTree::Rename(rename) => {
                path.push(rename.ident.to_string());
                let name = rename.rename.to_string();
                self.imports.push(Import { name, path, line });
            }
            UseTree::Glob(_) => self.uses.push(Use { path, line }),
        }
    }

    /// Adds the paths in a macro's arguments, which are no syntax yet.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.read_tokens(group.stream()),
                TokenTree::Ident(ident) if begins_here(&ident.to_string()) => {
                    let path = path_in(&tokens[index..]);
                    let line = ident.span().start().line;
                    self.uses.push(Use { path, line });
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Use(item) => self.flatten(&item.tree, Vec::new()),
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if begins_here(&segments[0]) {
            let line = path.span().start().line;
            self.uses.push(Use {
                path: segments,
                line,
            });
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        self.read_tokens(node.tokens.clone());
        visit::visit_macro(self, node);
    }
}

fn begins_here(segment: &str) -> bool {
    ["crate", "super", "self"].contains(&segment)
}

/// Returns the identifiers of the path that tokens begin with.
fn path_in(tokens: &[TokenTree]) -> Vec<String> {
    let mut path = Vec::new();
    let mut tokens = tokens.iter();
    while let Some(TokenTree::Ident(ident)) = tokens.next() {
        path.push(ident.to_string());
        for _ in 0..2 {
            match tokens.next() {
                Some(TokenTree::Punct(punct)) if punct.as_char() == ':' => {}
                _ => return path,
            }
        }
    }
    path
}
