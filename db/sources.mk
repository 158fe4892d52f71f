# The SQL of this folder travels inside the programs: see embed.sh and lib/pg/migrate.h.
$(B)/gen/migrations.c: db/embed.sh db/init.sql $(sort $(wildcard db/migrations/*.sql))
	$(call say,GEN,$@)mkdir -p $(@D) && sh db/embed.sh db > $@.tmp && mv $@.tmp $@
