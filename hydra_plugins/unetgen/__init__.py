"""What unetgen adds to Hydra: its configs, in every Hydra application of the environment.

Hydra imports all plugins at every start. So nothing here imports unetgen, pydantic or YAML before an
application asks for the group `unetgen`.
"""
