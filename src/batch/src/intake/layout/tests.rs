use proptest::prelude::*;

use super::*;
use crate::intake::submission::StudentKind;

fn file(name: &str) -> EntryName {
    EntryName {
        name: name.to_owned(),
        is_folder: false,
    }
}

fn folder(name: &str) -> EntryName {
    EntryName {
        name: name.to_owned(),
        is_folder: true,
    }
}

/// The owners of one download's entries: id, name, number, and whether there is a doubt.
fn owners(entries: &[EntryName]) -> String {
    let mut lines = Vec::new();
    for Identity {
        student,
        number,
        is_certain,
    } in identify(entries, false)
    {
        let team = match student.kind {
            StudentKind::Team => " (team)",
            StudentKind::Person => "",
        };
        let name = student.name.unwrap_or_default();
        let number = number.map_or(String::new(), |number| number.to_string());
        let doubt = if is_certain { "" } else { " ?" };
        let line = format!("{}{team} · {name} · {number}{doubt}", student.id);
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

#[test]
fn names_as_platforms_write_them() {
    let one = |name: &str| owners(&[file(name)]);
    insta::assert_snapshot!(one("doejane_4321_98765_homework.zip"), @"4321 · doejane · 98765");
    insta::assert_snapshot!(one("doejane_LATE_4321_98766_homework-1.zip"), @"4321 · doejane · 98766");
    insta::assert_snapshot!(one("doe_jane_4321_98765_homework.zip"), @"4321 · doe_jane · 98765");
    insta::assert_snapshot!(one("doejane_4321_text.html"), @"4321 · doejane ·");
    insta::assert_snapshot!(one("doejane_LATE_4321_link.html"), @"4321 · doejane ·");
    insta::assert_snapshot!(one("anon_Ab3xY_98765_homework.zip"), @"anon_Ab3xY ·  · 98765");
    insta::assert_snapshot!(one("LATE_anon_Ab3xY_98765_homework.zip"), @"anon_Ab3xY ·  · 98765");
    insta::assert_snapshot!(one("Jane_Doe_77_assignsubmission_file_work.zip"), @"77 · Jane_Doe ·");
    insta::assert_snapshot!(one("attention-octocat"), @"attention-octocat ·  ·");
    insta::assert_snapshot!(one("李雷.tar.gz"), @"李雷 ·  ·");
    insta::assert_snapshot!(one("a_b_c_d.ZIP"), @"a_b_c_d ·  ·");
    insta::assert_snapshot!(owners(&[folder("jane.doe")]), @"jane.doe ·  ·");
    for name in [
        "Jane van der Doe_77_assignsubmission_file_",
        "Jane van der Doe_77_assignsubmission_file",
        "Jane van der Doe_77_assignsubmission_onlinetext",
    ] {
        assert_eq!(owners(&[folder(name)]), "77 · Jane van der Doe ·");
    }
}

#[test]
fn teams_of_moodle_are_no_participants() {
    let default = folder("Default group_assignsubmission_file_");
    let one = folder("Rustaceans_17_assignsubmission_file_");
    let groups = [
        folder("Group A_17_assignsubmission_file_"),
        folder("Gruppe 2_18_assignsubmission_file_"),
        folder("The Others_19_assignsubmission_file_"),
    ];
    insta::assert_snapshot!(owners(&groups), @r"
    17 (team) · Group A ·
    18 (team) · Gruppe 2 ·
    19 (team) · The Others ·
    ");
    insta::assert_snapshot!(owners(&[default, one.clone()]), @r"
    Default group (team) ·  ·
    17 (team) · Rustaceans ·
    ");
    // Nobody but the instructor knows that this is a team; a student may be called Team.
    insta::assert_snapshot!(owners(std::slice::from_ref(&one)), @"17 · Rustaceans ·");
    let known = identify(std::slice::from_ref(&one), true);
    assert_eq!(known[0].student.kind, StudentKind::Team);
    let people = [
        folder("Jane Team_1_assignsubmission_file_"),
        folder("Bob Doe_2_assignsubmission_file_"),
    ];
    insta::assert_snapshot!(owners(&people), @r"
    1 · Jane Team ·
    2 · Bob Doe ·
    ");
}

#[test]
fn what_a_student_chooses_is_not_read_as_the_platforms() {
    // The file's name looks like Moodle's, and like Canvas's.
    let canvas = [
        file("aaaa_666_5002_x_100_assignsubmission_.zip"),
        file("bbbb_666_5003_x_100_assignsubmission_file_.zip"),
        file("cccc_667_5004_100_9999_attentive.zip"),
        file("dddd_100_5001_attentive.zip"),
    ];
    insta::assert_snapshot!(owners(&canvas), @r"
    666 · aaaa · 5002
    666 · bbbb · 5003
    667 · cccc · 5004 ?
    100 · dddd · 5001
    ");
    // The display name does, in ways that Canvas does not remove.
    let canvas = [
        file("x_100_9999__666_5002_attentive.zip"),
        file("x_100_666_5003_attentive.zip"),
        file("dddd_100_5001_attentive.zip"),
    ];
    insta::assert_snapshot!(owners(&canvas), @r"
    666 · x_100_9999_ · 5002 ?
    666 · x_100 · 5003 ?
    100 · dddd · 5001
    ");
    let moodle = [
        folder("X_77_assignsubmission__1234_assignsubmission_file_"),
        folder("X_77_assignsubmission_file_1235_assignsubmission_file_"),
        file("X_77_assignsubmission__1236_assignsubmission_file_a.zip"),
        file("X_77_assignsubmission_file_1237_assignsubmission_file_a.zip"),
        file("Y Z_1238_assignsubmission_file_x_77_assignsubmission_file_.zip"),
        file("Y Z_1239_assignsubmission_file_x_77_5_a.zip"),
        folder("Jane Doe_77_assignsubmission_file_"),
    ];
    insta::assert_snapshot!(owners(&moodle), @r"
    1234 · X_77_assignsubmission_ ·
    1235 · X_77_assignsubmission_file ·
    1236 · X_77_assignsubmission_ ·
    1237 · X_77_assignsubmission_file ·  ?
    1238 · Y Z ·  ?
    1239 · Y Z ·
    77 · Jane Doe ·
    ");
}

#[test]
fn a_scheme_of_the_class_is_not_taken_for_a_platforms() {
    let files = [file("lab_3_1_jane.zip"), file("lab_3_1_bob.zip")];
    insta::assert_snapshot!(owners(&files), @r"
    lab_3_1_jane ·  ·
    lab_3_1_bob ·  ·
    ");
}

/// Text that a student could choose for a name, to pass for what a platform writes.
fn chosen() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => r"[a-z]{1,4}",
        3 => Just("100".to_owned()),
        2 => r"[0-9]{1,4}",
        2 => Just("assignsubmission".to_owned()),
        2 => Just("file".to_owned()),
        1 => Just("LATE".to_owned()),
        1 => Just("anon".to_owned()),
        1 => Just("text.html".to_owned()),
        1 => Just(String::new()),
    ];
    proptest::collection::vec(part, 1..8).prop_map(|parts| parts.join("_"))
}

/// Canvas's display name: numbers between underscores are removed from it, and then what is no word.
fn canvas_name(chosen: &str) -> String {
    let mut parts: Vec<&str> = chosen.split('_').collect();
    let last = parts.len() - 1;
    for part in parts.iter_mut().take(last).skip(1) {
        if is_number(part) {
            *part = "n";
        }
    }
    parts.join("_").to_lowercase()
}

/// Entries of three honest students, 100, 101 and 102, in Canvas's form.
fn canvas_class() -> Vec<EntryName> {
    vec![
        file("doejane_100_5001_attentive.zip"),
        file("roebob_LATE_101_5002_attentive.zip"),
        file("poeann_102_5003_attentive.zip"),
    ]
}

fn moodle_class(are_folders: bool) -> Vec<EntryName> {
    let mut entries = Vec::new();
    for (name, id) in [("Jane Doe", 100), ("Bob Roe", 101), ("Ann Poe", 102)] {
        let prefix = format!("{name}_{id}_assignsubmission_file_");
        entries.push(match are_folders {
            true => folder(&prefix),
            false => file(&(prefix + "work.zip")),
        });
    }
    entries
}

fn ids(entries: &[EntryName]) -> Vec<String> {
    let identities = identify(entries, false);
    identities.into_iter().map(|one| one.student.id).collect()
}

proptest! {
    #[test]
    fn any_name_belongs_to_somebody(name in r"\PC{1,40}|[a-z_0-9.]{1,40}", is_folder: bool) {
        let entry = EntryName { name: name.clone(), is_folder };
        let id = &ids(&[entry])[0];
        prop_assert!(name.contains(&**id), "{id}");
    }

    #[test]
    fn a_file_name_on_canvas_changes_no_owner(chosen in chosen()) {
        let mut entries = canvas_class();
        let own = file(&format!("malory_666_5004_{chosen}.zip"));
        entries.push(own.clone());
        prop_assert_eq!(ids(&entries), ["100", "101", "102", "666"]);
        // The same alone, and unpacked by the instructor.
        let unpacked = folder(&format!("malory_666_5004_{chosen}"));
        prop_assert_eq!(ids(&[own]), ["666"]);
        prop_assert_eq!(ids(&[unpacked]), ["666"]);
    }

    #[test]
    fn a_file_name_on_moodle_changes_no_owner(chosen in chosen()) {
        let mut entries = moodle_class(false);
        let own = file(&format!("Mal Ory_666_assignsubmission_file_{chosen}.zip"));
        entries.push(own.clone());
        prop_assert_eq!(ids(&entries), ["100", "101", "102", "666"]);
        prop_assert_eq!(ids(&[own]), ["666"]);
    }

    #[test]
    fn a_display_name_on_moodle_changes_no_owner(chosen in chosen(), are_folders: bool) {
        let mut entries = moodle_class(are_folders);
        let own = format!("{chosen}_666_assignsubmission_file_");
        entries.push(match are_folders {
            true => folder(&own),
            // Moodle has no underscore in a display name.
            false => file(&format!("{}_666_assignsubmission_file_work.zip", chosen.replace('_', " "))),
        });
        prop_assert_eq!(ids(&entries), ["100", "101", "102", "666"]);
    }

    #[test]
    fn a_display_name_on_canvas_replaces_nobodys_upload(chosen in chosen()) {
        let mut entries = canvas_class();
        entries.push(file(&format!("{}_666_5004_attentive.zip", canvas_name(&chosen))));
        let identities = identify(&entries, false);
        for (honest, id) in identities.iter().zip(["100", "101", "102"]) {
            prop_assert!(honest.student.id == id && honest.is_certain);
        }
        // What could be taken for an honest student's comes after their own, if it is not Malory's at all.
        let own = &identities[3];
        prop_assert!(own.student.id == "666" || !own.is_certain, "{own:?}");
    }

    #[test]
    fn canvas_names_are_read(name in "[a-z]{1,12}", late: bool, id in 0..u32::MAX, number: u64) {
        let late = if late { "LATE_" } else { "" };
        let entry = file(&format!("{name}_{late}{id}_{number}_homework.zip"));
        let student = Student { name: Some(name), ..Student::of(&id.to_string()) };
        let expected = Identity { number: Some(number), ..Identity::certain(student) };
        prop_assert_eq!(&identify(&[entry], false)[0], &expected);
    }

    #[test]
    fn moodle_names_are_read(name in r"[^_\p{C}]{1,20}", id in 0..u32::MAX) {
        let entry = folder(&format!("{name}_{id}_assignsubmission_file_"));
        let found = &identify(&[entry], false)[0].student;
        prop_assert_eq!((&found.id, &found.name), (&id.to_string(), &Some(name)));
    }
}
