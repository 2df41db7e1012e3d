//! Three nodes, a broker, and what may go wrong between them.

mod ends;
mod means;
mod newer;
mod outages;
mod refusals;
mod restarts;
mod secure;
mod start;
mod strangers;
mod together;
