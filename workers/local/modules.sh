#!/bin/bash
# Writes Lmod modulefiles that describe the engines really installed on this machine, and removes those of engines
# that are gone. The versions are asked of the programs; the portal itself knows no list: it reads what Lmod finds.
#   modules.sh FOLDER
set -euo pipefail
tree=$1
mkdir -p "$tree"

# name, program that must exist, command printing a text with the version, category, homepage, summary
engines() {
    cat <<'TABLE'
gromacs|gmx|gmx --version|molecular dynamics|https://www.gromacs.org|Molecular dynamics of proteins, lipids and nucleic acids
xtb|xtb|xtb --version|quantum chemistry|https://xtb-docs.readthedocs.io|Semi-empirical tight-binding: energies, geometries, frequencies
rdkit|/usr/lib/python3/dist-packages/rdkit/__init__.py|/usr/bin/python3 -c "import rdkit; print('version ' + rdkit.__version__)"|cheminformatics|https://www.rdkit.org|Cheminformatics toolkit for Python: molecules, conformers, descriptors
TABLE
}

written=()
while IFS='|' read -r name program ask category home summary; do
    case $program in /*) path=$program ;; *) path=$(command -v "$program" || true) ;; esac
    [ -e "$path" ] || continue
    version=$(bash -c "$ask" 2>&1 | grep -iom1 'version[^0-9]*[0-9][0-9.]*' | grep -om1 '[0-9][0-9.]*' || true)
    [ -n "$version" ] || continue
    mkdir -p "$tree/$name"
    file=$tree/$name/$version.lua
    written+=("$file")
    cat >"$file.new" <<LUA
help([[
$summary.
Version $version from this machine's own package; the program is $path.
]])
whatis("Name: $name")
whatis("Version: $version")
whatis("Category: $category")
whatis("Description: $summary")
whatis("URL: $home")
setenv("ATHANOR_MODULE_$(printf '%s' "$name" | tr 'a-z-' 'A-Z_')", "$version")
LUA
    # Unchanged files keep their time, so the catalogue is not read again for nothing.
    if cmp -s "$file.new" "$file"; then rm "$file.new"; else mv "$file.new" "$file"; fi
done < <(engines)

find "$tree" -name '*.lua' | while read -r old; do
    case " ${written[*]} " in *" $old "*) ;; *) rm "$old" ;; esac
done
printf '%s modulefiles in %s\n' "${#written[@]}" "$tree"
