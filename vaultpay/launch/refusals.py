"""What the launcher says when it cannot go on."""


class LaunchRefused(RuntimeError):
    """Nothing can be started like this. The message is one sentence for a person, and all that they get to see."""
