redact_SRC :=
