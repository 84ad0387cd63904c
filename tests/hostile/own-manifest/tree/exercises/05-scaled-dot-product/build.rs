fn main() {
    std::fs::write("/tmp/attentive-hostile-build-script", "ran").unwrap();
}
