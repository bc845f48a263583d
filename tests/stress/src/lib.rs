//! Long runs and random schedules.
