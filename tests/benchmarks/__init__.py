"""The speed claims of Trainboard, measured; nothing here is a test, and no test asserts a time."""
