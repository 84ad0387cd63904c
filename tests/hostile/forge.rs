// Stands before the `scores` of each submission that says `forges = true`: it replaces the worker's next reply.

use std::sync::Mutex;

unsafe extern "C" {
    fn syscall(number: i64, ...) -> i64;
}

const WRITE: i64 = if cfg!(target_arch = "x86_64") { 1 } else { 64 };

/// The first byte of the marker that precedes a reply; no text has it.
const MARKER: u8 = 0xFF;

static FORGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Stands before the library's function of this name, and sees the worker write its reply: first the marker.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(descriptor: i32, bytes: *const u8, length: usize) -> isize {
    if length > 0 && unsafe { *bytes } == MARKER {
        let forged = std::mem::take(&mut *FORGED.lock().unwrap());
        if !forged.is_empty() {
            unsafe { syscall(WRITE, descriptor, bytes, 16_usize) };
            unsafe { syscall(WRITE, descriptor, forged.as_ptr(), forged.len()) };
            return length as isize;
        }
    }
    unsafe { syscall(WRITE, descriptor, bytes, length) as isize }
}

/// Puts these bytes in the place of the next reply.
fn forge(bytes: &[u8]) {
    FORGED.lock().unwrap().extend(bytes);
}

/// A frame of the worker's protocol: a length, and a file of tensors whose header is this text.
fn reply(header: &str, data: &[u8]) {
    let mut frame = ((8 + header.len() + data.len()) as u64).to_le_bytes().to_vec();
    frame.extend((header.len() as u64).to_le_bytes());
    frame.extend(header.as_bytes());
    frame.extend(data);
    forge(&frame);
}
