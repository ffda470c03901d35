"""The gate's verdicts: is one thing slower than another, as far as noisy figures can tell.

``rule`` has the statistics, ``verdict`` what is decided with them, ``stored`` the comparison of
results on disk, ``formats`` the outputs, ``rehearsal`` how often the rule errs, ``history`` trends.
"""
