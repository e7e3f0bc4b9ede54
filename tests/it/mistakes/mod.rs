//! What must be refused, and what is said then: whole trees ([`trees`]), and small changes of one tree beside the
//! reference's answers ([`table`]).

mod cases;
mod reference;
mod table;
mod trees;
