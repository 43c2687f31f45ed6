//! What is wrong with the input is told in one clear message that names the place and the remedy, and nothing is published.
