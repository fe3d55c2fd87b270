"""Records what other people's trainers and loggers say: each module speaks for one library.

Lightning, Hugging Face, Keras and TensorBoard's SummaryWriter, on a Recorder. A module imports its
library, and nobody imports the module who does not use that. What is shown is not decided here.
"""
