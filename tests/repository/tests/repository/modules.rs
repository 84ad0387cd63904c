//! The modules of a crate, and what they take from each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::{Expr, Item, ItemMod, Lit, Meta};

use crate::uses::{Named, Use, is_for_tests};

/// A module's place in its crate: the root's is empty.
pub(crate) type Place = Vec<String>;

/// Imports are followed only so far, because one may lead to itself, as in `use quote::quote`.
const IMPORTS: usize = 16;

/// The modules of one crate, without those for tests.
#[derive(Debug, Default)]
pub(crate) struct Modules(BTreeMap<Place, Module>);

#[derive(Debug)]
struct Module {
    file: PathBuf,
    uses: Vec<Use>,
    /// Names that are brought into the module, with their paths.
    imports: BTreeMap<String, Vec<String>>,
}

/// One module that names another.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) from: Place,
    pub(crate) to: Place,
    /// File, line and path, for people.
    pub(crate) evidence: String,
}

impl Modules {
    /// Reads a crate from its root, such as `src/lib.rs`; `read` returns a file's text.
    pub(crate) fn read(root: &Path, read: &dyn Fn(&Path) -> Option<String>) -> Self {
        let mut modules = Self::default();
        let folder = root.parent().expect("a file is in a folder");
        modules.add_file(Vec::new(), root, folder, read);
        modules
    }

    fn add_file(
        &mut self,
        place: Place,
        file: &Path,
        folder: &Path,
        read: &dyn Fn(&Path) -> Option<String>,
    ) {
        let text = read(file).unwrap_or_else(|| panic!("{} cannot be read", file.display()));
        let syntax =
            syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        self.add(place, file, folder, &syntax.items, read);
    }

    /// Adds a module with its items; its own modules are in `folder`.
    fn add(
        &mut self,
        place: Place,
        file: &Path,
        folder: &Path,
        items: &[Item],
        read: &dyn Fn(&Path) -> Option<String>,
    ) {
        let mut named = Named::default();
        for item in items {
            if is_for_tests(attributes(item)) {
                continue;
            }
            let Item::Mod(inner) = item else {
                named.read(item);
                continue;
            };
            let name = inner.ident.to_string();
            let inner_place = [&place[..], std::slice::from_ref(&name)].concat();
            match &inner.content {
                Some((_, items)) => self.add(inner_place, file, &folder.join(&name), items, read),
                None => {
                    let inner_file = file_of(inner, file, folder, read);
                    self.add_file(inner_place, &inner_file, &folder.join(&name), read);
                }
            }
        }
        let mut module = Module {
            file: file.to_owned(),
            uses: named.uses,
            imports: BTreeMap::new(),
        };
        for import in named.imports {
            let (path, line) = (import.path.clone(), import.line);
            module.uses.push(Use { path, line });
            module.imports.insert(import.name, import.path);
        }
        self.0.insert(place, module);
    }

    /// Returns each case in which a module names another.
    pub(crate) fn dependencies(&self) -> Vec<Dependency> {
        let mut dependencies = Vec::new();
        for (from, module) in &self.0 {
            for Use { path, line } in &module.uses {
                if let Some(to) = self.resolve(from, path, IMPORTS) {
                    let (file, path) = (module.file.display(), path.join("::"));
                    dependencies.push(Dependency {
                        from: from.clone(),
                        to,
                        evidence: format!("{file}:{line}: {path}"),
                    });
                }
            }
        }
        dependencies
    }

    /// Returns the module that a path leads to, through what other modules import; `None` outside of the crate.
    fn resolve(&self, from: &[String], path: &[String], imports: usize) -> Option<Place> {
        let (first, rest) = path.split_first()?;
        let (mut place, mut rest, mut is_inside) = match first.as_str() {
            "crate" => (Vec::new(), rest, true),
            "self" => (from.to_vec(), rest, true),
            "super" => (from.split_last()?.1.to_vec(), rest, true),
            _ => (from.to_vec(), path, false),
        };
        while let Some((next, after)) = rest.split_first() {
            let inner = [&place[..], std::slice::from_ref(next)].concat();
            if next == "super" {
                place.pop()?;
            } else if self.0.contains_key(&inner) {
                place = inner;
            } else {
                // An item of this module, unless it is one that the module has from elsewhere.
                let elsewhere = self.imported(&place, next, after, imports);
                return elsewhere.or(is_inside.then_some(place));
            }
            (rest, is_inside) = (after, true);
        }
        Some(place)
    }

    /// Returns the module that a name comes from which another module imports.
    fn imported(
        &self,
        place: &[String],
        name: &str,
        after: &[String],
        imports: usize,
    ) -> Option<Place> {
        let import = self.0.get(place)?.imports.get(name)?;
        let path = [&import[..], after].concat();
        self.resolve(place, &path, imports.checked_sub(1)?)
    }
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        _ => &[],
    }
}

/// Returns the file of a module that is declared in another file.
fn file_of(
    module: &ItemMod,
    file: &Path,
    folder: &Path,
    read: &dyn Fn(&Path) -> Option<String>,
) -> PathBuf {
    for attribute in &module.attrs {
        if let Meta::NameValue(value) = &attribute.meta
            && value.path.is_ident("path")
            && let Expr::Lit(literal) = &value.value
            && let Lit::Str(path) = &literal.lit
        {
            return file.with_file_name(path.value());
        }
    }
    let beside = folder.join(format!("{}.rs", module.ident));
    match read(&beside) {
        Some(_) => beside,
        None => folder.join(module.ident.to_string()).join("mod.rs"),
    }
}
