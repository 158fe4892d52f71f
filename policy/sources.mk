policy_SRC := pool.c intern.c diag.c suggest.c address.c field.c \
	lex.c names.c parse.c parse_expr.c print.c \
	model.c conf.c lists.c classes.c selftest.c template_text.c \
	check.c check_values.c alone.c \
	tables.c graph.c anchors.c router.c emit.c trial.c compile.c \
	source_path.c source_pg.c options.c job.c \
	learn_word.c learn_place.c learn_item.c learn_children.c learn_template.c learn_parts.c learn_settle.c \
	learn_template_pg.c \
	command_compile.c keys.c explain.c dump.c diff.c watch.c \
	learn_class.c learn_pg.c learn.c command_learn.c \
	spec_node.c spec_json.c spec_yaml.c spec_ref.c spec_schema.c spec_path.c spec_server.c \
	spec_security.c spec_message.c spec_read.c spec_match.c spec_fields.c spec_compare.c spec_write.c \
	spec_export.c spec_export_schema.c spec_store.c spec_load.c command_spec.c
