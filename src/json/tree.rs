//! Strict JSON tree with raw scalars.
