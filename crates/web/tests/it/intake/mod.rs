//! What monitoring tools reach, in their vendors' shapes.

mod alertmanager;
mod routes;
