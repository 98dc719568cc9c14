from probatio import *  # noqa: F403 - the same names under the name the integration imports
