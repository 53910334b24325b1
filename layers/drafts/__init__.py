"""
Drafts: plans edited by several planners at once, checked, approved and put in force.

`draft` keeps their operations, `desk` holds their plans in memory, `views` says what a plan means
for people, `publishing` makes a version of one, `rebasing` brings one to a newer base.
"""
