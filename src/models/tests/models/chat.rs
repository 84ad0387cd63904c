//! Chat templates, whose files have several forms.

use std::fs;

use attentive_models::{ChatTemplate, Message, Role};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Some of what templates of the hub do: methods of Python, namespaces, conditions and loops that are left early.
const TEMPLATE: &str = "\
{%- set state = namespace(turns=0) -%}
{{ bos_token }}
{%- for message in messages %}
    {%- if message['role'] not in ['user', 'assistant'] %}{% continue %}{% endif %}
    {%- set state.turns = state.turns + 1 %}
    {{- '[' ~ state.turns ~ ' ' ~ message['role'].upper() ~ '] ' + message['content'].strip() + '\\n' }}
{%- endfor %}
{%- if tools is not none or not system is undefined %}{{ raise_exception('neither is there') }}{% endif %}
{%- if add_generation_prompt %}{{ '[ANSWER]' }}{% endif %}
";

fn folder(settings: &Value) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(
        folder.path().join("tokenizer_config.json"),
        settings.to_string(),
    )
    .expect("a file");
    folder
}

fn conversation() -> Vec<Message> {
    let says = |role, content: &str| Message {
        role,
        content: content.to_owned(),
    };
    vec![
        says(Role::User, " 1 < 2? "),
        says(Role::Assistant, "Yes."),
        says(Role::User, "Why?"),
    ]
}

fn filled(folder: &TempDir) -> String {
    let template = ChatTemplate::open(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let filled = template.fill(&conversation());
    filled.unwrap_or_else(|error| panic!("{error}"))
}

/// The error of opening or filling a template, without the folder's own name.
fn error(folder: &TempDir) -> String {
    let filled = ChatTemplate::open(folder.path()).and_then(|it| it.fill(&conversation()));
    let error = filled.expect_err("no text").to_string();
    error.replace(&folder.path().display().to_string(), "llama")
}

#[test]
fn a_conversation_becomes_a_text() {
    let expected = "<s>[1 USER] 1 < 2?\n[2 ASSISTANT] Yes.\n[3 USER] Why?\n[ANSWER]";
    let plain = json!({"chat_template": TEMPLATE, "bos_token": "<s>", "pad_token": null});
    assert_eq!(filled(&folder(&plain)), expected);
    let named = json!({
        "chat_template": [{"name": "tools", "template": "no"}, {"name": "default", "template": TEMPLATE}],
        "bos_token": {"content": "<s>", "special": true},
    });
    assert_eq!(filled(&folder(&named)), expected);
    let elsewhere = folder(&json!({"chat_template": "no", "bos_token": "<s>"}));
    fs::write(elsewhere.path().join("chat_template.jinja"), TEMPLATE).expect("a file");
    assert_eq!(filled(&elsewhere), expected);
}

#[test]
fn a_template_that_gives_no_text_is_an_error() {
    let with = |template: &str| folder(&json!({"chat_template": template}));
    insta::assert_snapshot!(error(&folder(&json!({}))), @"llama: expected a chat template (chat_template.jinja, or `chat_template` in tokenizer_config.json), found none: this model was not trained to answer; leave out --chat");
    insta::assert_snapshot!(error(&folder(&json!({"chat_template": [{"name": "tools", "template": ""}]}))), @"llama: expected a chat template (chat_template.jinja, or `chat_template` in tokenizer_config.json), found none: this model was not trained to answer; leave out --chat");
    insta::assert_snapshot!(error(&with("{% if %}")), @"llama/tokenizer_config.json: expected a chat template that turns the conversation into text, found this problem: syntax error: unexpected end of block (in chat_template:1)");
    insta::assert_snapshot!(error(&with("{{ raise_exception('roles take turns') }}")), @"llama/tokenizer_config.json: expected a chat template that turns the conversation into text, found this problem: invalid operation: roles take turns (in chat_template:1)");
    insta::assert_snapshot!(error(&with("{{ messages[0].content.nothing() }}")), @"llama/tokenizer_config.json: expected a chat template that turns the conversation into text, found this problem: unknown method: string has no method named nothing (in chat_template:1)");
    insta::assert_snapshot!(error(&with("{% include 'other' %}")), @"llama/tokenizer_config.json: expected a chat template that turns the conversation into text, found this problem: syntax error: unknown statement include (in chat_template:1)");
    insta::assert_snapshot!(error(&with("{% for i in range(9999) %}{% for i in range(9999) %}x{% endfor %}{% endfor %}")), @"llama/tokenizer_config.json: expected a chat template that turns the conversation into text, found this problem: engine ran out of fuel (in chat_template:1)");
    insta::assert_snapshot!(error(&with("{{ 'x' * 9999999999 }}")), @"llama/tokenizer_config.json: expected a chat template that turns the conversation into text, found this problem: engine ran out of fuel (in chat_template:1)");
    let out_of_fuel = "engine ran out of fuel (in chat_template:1)";
    for template in [
        "{% set it = namespace(s='x') %}{% for i in range(60) %}{% set it.s = it.s ~ it.s %}{% endfor %}",
        "{% set s = 'x' * 9999999 %}{{ s.replace('x', s) }}",
        "{{ '{:>9999999999}'.format('x') }}",
    ] {
        let error = error(&with(template));
        assert!(error.ends_with(out_of_fuel), "{template}: {error}");
    }
    insta::assert_snapshot!(error(&folder(&json!({"chat_template": 7}))), @"llama/tokenizer_config.json: expected `chat_template` to be a text, or a list of objects with `name` and `template` at line 1 column 19");
}

#[test]
fn what_is_too_large_is_not_taken() {
    let says =
        "expected a chat template that turns the conversation into text, found this problem:";
    let large = "x".repeat((1 << 20) + 1);
    let inside = folder(&json!({"chat_template": large}));
    let most = "has 1048577 bytes, and 1048576 are the most";
    let expected = format!("llama/tokenizer_config.json: {says} it {most}");
    assert_eq!(error(&inside), expected);
    let beside = folder(&json!({}));
    fs::write(beside.path().join("chat_template.jinja"), &large).expect("a file");
    let expected = format!("llama/chat_template.jinja: {says} it {most}");
    assert_eq!(error(&beside), expected);
    fs::write(beside.path().join("chat_template.jinja"), &large[1..]).expect("a file");
    assert_eq!(filled(&beside), large[1..]);
    let settings = folder(&json!({"chat_template": "", "notes": large.repeat(8)}));
    let error_of_settings = error(&settings);
    assert!(
        error_of_settings.ends_with(" bytes, and 8388608 are the most"),
        "{error_of_settings}"
    );
    let writes = folder(&json!({"chat_template": "{{ 'a ' * 14000000 }}"}));
    let most = "the text has 28000000 bytes, and 4194304 are the most";
    let expected = format!("llama/tokenizer_config.json: {says} {most}");
    assert_eq!(error(&writes), expected);
}

#[test]
fn what_a_template_says_cannot_steer_a_terminal_or_fill_it() {
    let with = |template: &str| error(&folder(&json!({"chat_template": template})));
    insta::assert_snapshot!(with("{{ raise_exception('\x1b]0;é \"no\"\x07\n\u{202e}') }}"), @r#"llama/tokenizer_config.json: expected a chat template that turns the conversation into text, found this problem: invalid operation: \u{1b}]0;é "no"\u{7}\n\u{202e} (in chat_template:1)"#);
    let long = with("{{ raise_exception('n' * 30000000) }}");
    assert!(long.ends_with("nnn…"), "{}", long.len());
    assert!(long.len() < 700, "{}", long.len());
}

#[test]
fn only_filling_in_and_checking_parse_a_template() {
    let folder = folder(&json!({"chat_template": "{% if %}"}));
    let template = ChatTemplate::open(folder.path()).expect("a text");
    let checked = template.check().expect_err("no template").to_string();
    assert!(checked.contains("syntax error"), "{checked}");
    let filled = template.fill(&[]).expect_err("no template").to_string();
    assert_eq!(filled, checked);
}
