# What the browser gets, in $(B)/static, from where make up installs it: our files (static/) in small, the packages of others
# (static/packages), the user guide. npm is asked once and again when the lock file changes; the rest needs no network.
FOREIGN = static/packages
$(B)/vendor/.done: $(FOREIGN)/package.json $(FOREIGN)/package-lock.json $(FOREIGN)/npm.sh
	@bash $(FOREIGN)/npm.sh $(FOREIGN) $(B)/vendor
	@touch $@

VENDOR = $(B)/static/vendor/VENDOR.json
$(VENDOR): $(FOREIGN)/build.mjs $(FOREIGN)/pack.mjs $(wildcard $(FOREIGN)/entries/*.mjs) $(B)/vendor/.done
	@mkdir -p $(B)/log
	node $(FOREIGN)/build.mjs $(B)/vendor $(B)/static/vendor >$(B)/log/vendor.log

GUIDE = $(B)/static/guide.json
$(GUIDE): docs/user-guide.md $(FOREIGN)/guide.mjs $(FOREIGN)/pack.mjs $(wildcard docs/img/*) $(B)/vendor/.done
	node $(FOREIGN)/guide.mjs $(B)/vendor docs $(B)/static

STATIC = $(B)/static/.done
$(STATIC): $(FOREIGN)/small.mjs $(FOREIGN)/pack.mjs $(shell find static -path $(FOREIGN) -prune -o -print) $(B)/vendor/.done
	node $(FOREIGN)/small.mjs $(B)/vendor static $(B)/static
	@touch $@

all: $(VENDOR) $(GUIDE) $(STATIC)
vendor: $(VENDOR)
.PHONY: vendor
