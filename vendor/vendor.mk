# What the browser gets, in $(B)/static, from where make up installs it: our files (static/) in small, the packages of others
# (vendor/), the user guide. npm is asked once and again when the lock file changes; the rest needs no network.
$(B)/vendor/.done: vendor/package.json vendor/package-lock.json vendor/npm.sh
	@bash vendor/npm.sh vendor $(B)/vendor
	@touch $@

VENDOR = $(B)/static/vendor/VENDOR.json
$(VENDOR): vendor/build.mjs vendor/pack.mjs $(wildcard vendor/entries/*.mjs) $(B)/vendor/.done
	@mkdir -p $(B)/log
	node vendor/build.mjs $(B)/vendor $(B)/static/vendor >$(B)/log/vendor.log

GUIDE = $(B)/static/guide.json
$(GUIDE): docs/user-guide.md vendor/guide.mjs vendor/pack.mjs $(wildcard docs/img/*) $(B)/vendor/.done
	node vendor/guide.mjs $(B)/vendor docs $(B)/static

STATIC = $(B)/static/.done
$(STATIC): vendor/small.mjs vendor/pack.mjs $(shell find static -type f -o -type d) $(B)/vendor/.done
	node vendor/small.mjs $(B)/vendor static $(B)/static
	@touch $@

all: $(VENDOR) $(GUIDE) $(STATIC)
vendor: $(VENDOR)
.PHONY: vendor
