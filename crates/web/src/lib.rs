//! The web face of Allclear.

pub mod pages;
