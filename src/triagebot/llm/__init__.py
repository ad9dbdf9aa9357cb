"""Language models: prompts from files, answers of a fixed schema, and what each call cost.

`models_from_settings` in `configured` is the door. Nothing here imports the model SDK or the embedded
model before the first call, so that a process which never asks a model does not pay for them.
"""
