//! What is proved in the fake world.

mod fuzz;
mod scenarios;
mod simulations;
