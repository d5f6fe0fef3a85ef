# The browser's foreign packages and what is made of them: /vendor/ and the user guide, in $(B)/static. npm is asked once
# and again when the lock file changes; the rest needs no network.
VENDOR_ENTRIES = $(wildcard vendor/entries/*.mjs)
VENDOR = $(B)/static/vendor/VENDOR.json

$(B)/vendor/.done: vendor/package.json vendor/package-lock.json vendor/npm.sh
	@bash vendor/npm.sh vendor $(B)/vendor
	@touch $@

# Small copies lie beside each file, as for our own; fonts are compressed already.
$(VENDOR): vendor/build.mjs $(VENDOR_ENTRIES) $(B)/vendor/.done
	@mkdir -p $(B)/log
	node vendor/build.mjs $(B)/vendor $(B)/static/vendor >$(B)/log/vendor.log
	@cd $(B)/static/vendor && for f in *.js *.css *.txt openchemlib-*.json; do brotli --force --best --no-copy-stat --output=$$f.br $$f && gzip --best --no-name --stdout $$f >$$f.gz || exit 1; done

GUIDE = $(B)/static/guide.json
$(GUIDE): docs/user-guide.md vendor/guide.mjs $(wildcard docs/img/*) $(B)/vendor/.done
	node vendor/guide.mjs $(B)/vendor docs $(B)/static
	@brotli --force --best --no-copy-stat --output=$@.br $@ && gzip --best --no-name --stdout $@ >$@.gz

all: $(VENDOR) $(GUIDE)
vendor: $(VENDOR)
.PHONY: vendor
