"""microcom: one post to many small communities, never twice."""

__version__ = "0.1.0"
