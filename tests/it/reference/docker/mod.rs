//! What has to do with images, by both programs: contexts and digests, and what each asks of the container engine.

mod contexts;
mod fake;
mod images;
mod real;
mod scripts;
mod tasks;
