//! Chat templates that are large or deep, and the limits of the process that fills them in.

use std::fs;

use crate::chat::CHAT;
use crate::support::Models;

#[test]
fn a_template_that_would_fill_the_memory_or_the_stack_is_an_error() {
    let models = Models::with_llama();
    let grown = |times: usize, change: &str| {
        format!(
            "{{% set it = namespace(s=['x']) %}}{{% for i in range({times}) %}}{{% set it.s = {change} %}}{{% endfor %}}"
        )
    };
    for template in [
        // A list that is twice as long each time, and one in one in one.
        grown(60, "it.s + it.s"),
        grown(90_000, "[it.s]"),
        // Texts that are put together without a step.
        grown(14, "it.s + it.s").replace("'x'", "'x' * 99999") + "{{ ''.join(it.s) }}",
        "{{ ('{0}' * 9999).format('x' * 999999) }}".to_owned(),
        // What has itself inside.
        "{% set it = namespace() %}{% set it.s = it %}{{ it }}".to_owned(),
        // Programs that are deep before they are run.
        format!("{{{{ a{} }}}}", ".b".repeat(100_000)),
        format!("{{{{ {}1 }}}}", "not ".repeat(100_000)),
        format!("{{{{ {}1 }}}}", "-".repeat(100_000)),
        format!("{{{{ 1{} }}}}", "+1".repeat(100_000)),
    ] {
        models.write_template(&template);
        let begin = &template[..template.len().min(80)];
        let ran = models.run(&[&CHAT, &["hi"][..]].concat()).exits(2);
        assert_eq!(ran.stdout, "", "{begin}");
        let says = "error: llama: expected a chat template that turns the conversation into text, found one that takes too \
                    much memory or time (";
        assert!(ran.stderr.starts_with(says), "{begin}: {ran:?}");
        assert!(
            ran.stderr.ends_with("; do not trust this model\n"),
            "{ran:?}"
        );
    }
}

#[test]
fn limits_that_are_lower_already_stay() {
    let models = Models::with_llama();
    let arguments = [&CHAT, &["hi", "--max-new-tokens", "4"][..]].concat();
    let expected = models.run(&arguments).exits(0).stdout;
    let mut limits = vec!["ulimit -t 5", "ulimit -S -t 9"];
    // Elsewhere the system does not limit memory in this way.
    if cfg!(target_os = "linux") {
        limits.push("ulimit -v 900000");
    }
    for limit in limits {
        let ran = models.run_limited(limit, &arguments).exits(0);
        assert_eq!(ran.stdout, expected, "{limit}");
    }
}

#[test]
fn a_folder_may_look_like_an_option() {
    let models = Models::with_llama();
    fs::rename(models.path("llama"), models.path("-llama")).expect("renamed");
    let arguments = ["text-generation", "--chat", "hi", "--model=-llama"];
    models.run(&arguments).exits(0);
}

#[test]
fn a_text_that_no_tokenizer_should_read_is_an_error() {
    let models = Models::with_llama();
    models.write_template("{{ 'a ' * 14000000 }}");
    let ran = models.run(&[&CHAT, &["hi"][..]].concat()).exits(2);
    let says = "found this problem: the text has 28000000 bytes, and 4194304 are the most\n";
    assert!(ran.stderr.ends_with(says), "{ran:?}");
}

#[test]
fn a_template_is_parsed_before_the_first_question() {
    let models = Models::with_llama();
    models.write_template("{% for message in %}");
    let ran = models.run_with(&CHAT, "").exits(2);
    assert!(ran.stderr.contains("syntax error"), "{ran:?}");
}
