mod model;
mod schedule;
