policy_SRC :=
