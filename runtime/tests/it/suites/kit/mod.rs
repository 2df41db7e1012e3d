//! `levante::test`, with which applications test their handlers.

mod promised;
