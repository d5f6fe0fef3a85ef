#!/bin/bash
# The long cases of template_run.sh: the whole sample, and every force field, water model and box.
exec bash "$(dirname "$0")/template_run.sh" sample_full fields
