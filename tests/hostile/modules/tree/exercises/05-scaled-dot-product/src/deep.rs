pub(crate) mod down;
