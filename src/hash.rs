//! MurmurHash3 x64 128.
