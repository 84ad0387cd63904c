pub fn scores(q: ndarray::ArrayView2<'_, f32>, k: ndarray::ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    #[cfg(target_arch = "x86_64")]
    unsafe {
        // getpid of 32-bit programs
        std::arch::asm!("int 0x80", inlateout("rax") 20 => _);
    }
    q.dot(&k.t()) / (q.ncols() as f32).sqrt()
}
