# The one-machine stack: make up, down, purge.
export PORT VAR B
$(B)/athanor-supervise: $(B)/workers/local/supervise.o $(B)/workers/local/services.o $(L_CORE)
	$(CC) $(ALL_LDFLAGS) -o $@ $^
up:
	@bash workers/local/up.sh
down:
	@bash workers/local/down.sh
purge:
	@bash workers/local/down.sh purge
.PHONY: up down purge
