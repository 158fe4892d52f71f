bundle_SRC :=
