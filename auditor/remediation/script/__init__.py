"""The scripts that apply a plan and take it back, in parts.

The program runs these modules itself, and `auditor.remediation.composing` makes one file of them,
which is handed out. So they need Python's library alone, and no two of them define one name.

They do not import `annotations` from `__future__`: Python would look for that module beside the
script before the script could close this place.
"""
