bundle_SRC := hash.c lookup.c parse.c check.c check_rules.c open.c stamp.c status.c
