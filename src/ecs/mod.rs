//! One event to one ECS document.
