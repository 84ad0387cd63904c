//! As much of WebDriver as these tests need, spoken to chromedriver over a plain connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The key under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with a profile of its own; it ends with this value.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

/// An element of the page.
pub(crate) struct Element(Value);

impl Browser {
    /// Starts Chromium, with or without JavaScript on its pages.
    pub(crate) fn start(javascript: bool) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests drive a browser; install it: apt-get install -y chromium chromium-driver");
        let lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let port = lines
            .filter_map(|line| line.strip_suffix('.')?.rsplit_once("successfully on port ")?.1.parse().ok())
            .next()
            .expect("chromedriver says on which port it listens");
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut browser = Self { driver, port, session: String::new(), _profile: profile };
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            &format!("--user-data-dir={}", browser._profile.path().display()),
        ];
        let scripts = json!({ "profile.managed_default_content_settings.javascript": 2 });
        let answer = browser.call(
            "POST",
            "/session",
            &json!({ "capabilities": { "alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": { "args": arguments, "prefs": if javascript { json!({}) } else { scripts } },
                "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            }}}),
        );
        browser.session = format!("/session/{}", answer["sessionId"].as_str().expect("a session"));
        browser.open("about:blank");
        browser.requests(); // those of the browser's own first page
        browser
    }

    /// Sends a command and returns its value.
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("chromedriver listens");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len(),
        )
        .expect("the command is sent");
        let mut reader = BufReader::new(stream);
        let (mut line, mut length) = (String::from("-"), 0);
        while !line.trim().is_empty() {
            line.clear();
            reader.read_line(&mut line).expect("a head");
            if let Some((name, value)) = line.split_once(':') {
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse().expect("a length");
                }
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).expect("an answer");
        let mut answer: Value = serde_json::from_slice(&answer).expect("an answer in JSON");
        let value = answer["value"].take();
        assert!(value["error"].is_null(), "{method} {path} {body}: {value}");
        value
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        self.call("POST", &format!("{}{command}", self.session), body)
    }

    pub(crate) fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    pub(crate) fn reload(&self) {
        self.post("/refresh", &json!({}));
    }

    /// What a script returns on this page.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What a script hands to its last argument, a function, sooner or later.
    pub(crate) fn run_async(&self, script: &str) -> Value {
        self.post("/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Makes the page as wide and as high as this, in pixels.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.post(
            "/goog/cdp/execute",
            &json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics }),
        );
    }

    /// What the window shows, as PNG.
    pub(crate) fn screenshot(&self) -> Vec<u8> {
        let shot = json!({ "cmd": "Page.captureScreenshot", "params": {} });
        let data = self.post("/goog/cdp/execute", &shot);
        crate::base64(data["data"].as_str().expect("a picture"))
    }

    pub(crate) fn find(&self, selector: &str) -> Element {
        let using = json!({ "using": "css selector", "value": selector });
        Element(self.post("/element", &using)[ELEMENT].take())
    }

    /// Clicks as a pointer does: what covers the element gets the click.
    pub(crate) fn click(&self, element: &Element) {
        self.post(&format!("/element/{}/click", element.id()), &json!({}));
    }

    /// Types into an element, which gets the focus.
    pub(crate) fn keys(&self, element: &Element, keys: &str) {
        self.post(&format!("/element/{}/value", element.id()), &json!({ "text": keys }));
    }

    pub(crate) fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({}).innerText", json!(selector));
        self.run(&script).as_str().expect("a text").to_owned()
    }

    /// Whether a `<details>` is open; needs no script.
    pub(crate) fn is_open(&self, selector: &str) -> bool {
        let element = self.find(selector);
        !self
            .call("GET", &format!("{}/element/{}/attribute/open", self.session, element.id()), &json!({}))
            .is_null()
    }

    /// What the page has written to the console since the last call, from warnings upwards.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().into_iter().flatten();
        let serious = entries.filter(|entry| matches!(entry["level"].as_str(), Some("SEVERE" | "WARNING")));
        serious.map(|entry| entry["message"].to_string()).collect()
    }

    /// The URLs that were asked for since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({ "type": "performance" }));
        let message = |entry: &Value| -> Option<String> {
            let event: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let sent = event["message"]["method"] == "Network.requestWillBeSent";
            Some(event["message"]["params"]["request"]["url"].as_str().filter(|_| sent)?.to_owned())
        };
        entries.as_array().into_iter().flatten().filter_map(message).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.call("DELETE", &self.session, &json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Element {
    fn id(&self) -> &str {
        self.0.as_str().expect("an element")
    }
}
