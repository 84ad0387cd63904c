compile_error!("mine");
