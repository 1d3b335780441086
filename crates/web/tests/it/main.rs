//! The web part over a real engine and a database in memory.

mod api;
mod fuzz;
mod intake;
mod outside;
mod pages;
