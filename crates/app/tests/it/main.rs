//! The command line as people meet it: the real binary, a real server, real files.

mod console;
mod documents;
mod house;
mod journey;
mod trouble;
