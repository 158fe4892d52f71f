ctl_SRC :=
