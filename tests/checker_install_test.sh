#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Installs the checker into a directory of its own, and uses it from there as a stranger does: through pkg-config alone.
#
# usage: checker_install_test.sh BUILD SOURCE PREFIX, with CXX (a compiler) and CXXFLAGS (what the library was built with)

set -euo pipefail
export LC_ALL=C.UTF-8

build=$1 source=$2 prefix=$3
read -ra compiler <<<"${CXX:-g++} -std=c++20 ${CXXFLAGS:-}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf '%s\n' "checker_install_test: $*" >&2
    exit 1
}

meson install -C "$build" --no-rebuild --tags devel --destdir "$work/root" >"$work/log" || { cat "$work/log"; fail "meson install"; }
root=$work/root$prefix
package=$(find "$root" -name checker.pc)
[[ -n $package ]] || fail "there is no checker.pc"
flags() { PKG_CONFIG_PATH=$(dirname "$package") pkg-config --define-variable=prefix="$root" "$@" checker; }
read -ra cflags <<<"$(flags --cflags)"
read -ra libs <<<"$(flags --libs)"

# Nothing of the source tree may be found by accident.
cd "$work"

# Every installed header stands on its own, and what is the checker's own affair is not installed.
headers=("$root"/include/checker/*.hpp)
((${#headers[@]} >= 14)) || fail "only ${#headers[@]} headers are installed"
for header in "${headers[@]}"; do
    printf '#include "checker/%s"\nint main() {}\n' "${header##*/}" >header.cpp
    "${compiler[@]}" "${cflags[@]}" -Wall -Wextra -Wpedantic -Werror -fsyntax-only header.cpp ||
        fail "${header##*/} does not stand on its own"
done
for internal in machine.hpp perform.hpp depth_first.hpp visited.hpp; do
    [[ ! -e $root/include/checker/$internal ]] || fail "$internal is installed"
done

# The tutorial's programs say the same as in the source tree.
compile() { "${compiler[@]}" "${cflags[@]}" "$1" "${libs[@]}" -o "${2:-program}"; }
for example in "$source"/examples/checker/*.cpp; do
    name=$(basename "$example" .cpp)
    cp "$example" .
    compile "$name.cpp" "$name"
    "./$name" >found || fail "$name does not find what it should"
    "$build/examples/checker/$name" >expected
    diff expected found || fail "$name says something else when it is built outside"
    [[ -s found ]] || fail "$name says nothing"
done

# What the tutorial says of programs that break the rules.
body() {
    printf '%s\n' '#include "checker/search.hpp"' '#include "checker/thread.hpp"' '#include <vector>' "$1" \
        'using namespace checker;' 'struct Padded { char c; int i; };' 'int main() {' '    Program program;' \
        '    const auto var = program.var<int>("var");' '    const auto plain = program.plain<int>("plain");' \
        "    program.add_thread(\"t\", [=](Thread& t) { $2 });" \
        '    return search(program, {}).verdict == Verdict::holds ? 0 : 1;' '}' >body.cpp
}
body '#include "checker/trap_allocations.hpp"' 'std::vector<int> v(3); t.store(var, v[0]); (void)plain;'
compile body.cpp
status=0
./program 2>message || status=$?
((status == 134)) || fail "an allocation on a fiber ends with $status, not by SIGABRT"
grep -q "checker: a thread under test allocates memory" message || fail "an allocation on a fiber is not named"

does_not_compile() {
    body '' "$1"
    if compile body.cpp 2>message; then fail "this compiles: $1"; fi
    grep -q "$2" message || { cat message; fail "no word of '$2' for: $1"; }
}
body '' 't.store(var, 1); t.write(plain, t.load(var));'
compile body.cpp && ./program || fail "a right body fails"
does_not_compile 'int n = 1; t.atomic("a", [n](Cells& c, Var<int> v) { c.set(v.cell, n); }, Where::here(), var); (void)plain;' \
    'captures nothing: pass it arguments'
does_not_compile 't.atomic("a", [](Cells&, Plain<int>) {}, Where::here(), plain); (void)var;' WordSized
does_not_compile 't.store(Var<Padded>{var.cell}, Padded{}); (void)plain;' WordSized

for message in "checker: a thread under test allocates memory" "captures nothing: pass it arguments"; do
    grep -qF "$message" "$source/docs/CHECKER.md" || fail "docs/CHECKER.md does not say '$message'"
done

echo "checker_install_test: ${#headers[@]} headers, and all programs of examples/checker"
