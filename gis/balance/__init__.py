"""
Redrawing grids: equal shares inside each community, contiguous, with short borders, near today's.

    plan = balance(make_problem(blocks, neighbours, tolerance=[0.02]), mode="fresh", seed=0)
"""
