//! Cycles among modules that are beside each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::{Dependency, Modules, Place};

/// The dependencies among the modules of one level, with the lines that name them.
type Level = BTreeMap<(String, String), Vec<String>>;

/// Describes each group of modules that depend on each other in a circle: its modules, and the lines that tie them.
///
/// Modules are compared with those beside them, at every level of the tree; what is in a module's own modules counts as
/// its own. A module may use those inside it, and they may use it.
pub(crate) fn cycles(modules: &Modules) -> Vec<String> {
    let mut levels: BTreeMap<Place, Level> = BTreeMap::new();
    for Dependency { from, to, evidence } in modules.dependencies() {
        let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        if let (Some(a), Some(b)) = (from.get(shared), to.get(shared)) {
            let level = levels.entry(from[..shared].to_vec()).or_default();
            let tie = level.entry((a.clone(), b.clone())).or_default();
            tie.push(evidence);
        }
    }
    let mut described = Vec::new();
    for (place, level) in &levels {
        let parent = [&["crate".to_owned()], &place[..]].concat().join("::");
        for group in groups(level) {
            described.push(describe(&parent, &group, level));
        }
    }
    described
}

/// Returns the sets of modules each of which reaches all the others.
fn groups(level: &Level) -> BTreeSet<BTreeSet<&str>> {
    let mut groups = BTreeSet::new();
    for (from, _) in level.keys() {
        let reached = reached_from(from, level);
        let group: BTreeSet<&str> = reached
            .into_iter()
            .filter(|module| reached_from(module, level).contains(from.as_str()))
            .collect();
        if group.len() > 1 {
            groups.insert(group);
        }
    }
    groups
}

fn reached_from<'a>(start: &str, level: &'a Level) -> BTreeSet<&'a str> {
    let (mut reached, mut waiting) = (BTreeSet::new(), vec![start]);
    while let Some(module) = waiting.pop() {
        for (from, to) in level.keys() {
            if from == module && reached.insert(to.as_str()) {
                waiting.push(to);
            }
        }
    }
    reached
}

fn describe(parent: &str, group: &BTreeSet<&str>, level: &Level) -> String {
    let names: Vec<&str> = group.iter().copied().collect();
    let mut text = format!("in {parent}: {} form a cycle\n", names.join(", "));
    for ((from, to), evidence) in level {
        if group.contains(from.as_str()) && group.contains(to.as_str()) {
            text += &format!("  {from} → {to}\n");
            for line in evidence {
                text += &format!("    {line}\n");
            }
        }
    }
    text
}
