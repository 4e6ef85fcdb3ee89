#!/usr/bin/env bash
# Runs every fuzz target of the repository for a while each.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ] || [ $# -gt 2 ]; then
  say "Usage: scripts/fuzz.sh [TIME] [PACKAGE]   TIME, or a count such as 200x, for each target, 10m where not given; PACKAGE such as ./chaincode/evidence"
  [ $# -le 2 ] && exit 0 || exit 2
fi
time=${1:-10m}
need_go
cd "$root"

# A target that has a time gets all the cores; of those that only count, each
# gets one, and several packages run at once.
cores=$(nproc) at_once=1
case $time in *x) at_once=$cores ;; esac

targets() { { grep -hoE '^func Fuzz[A-Za-z0-9_]*' ./"$1"/*_test.go 2>/dev/null || true; } | sed 's/^func //'; }

# fuzz runs the targets of one package with one program, which stays in build/
# for the next run.
fuzz() {
  local package=$1 folder=${1#henanchain/} program target
  program=$root/build/fuzz/${folder//\//-}.test
  mkdir -p build/fuzz
  go test -c -fuzz=. -vet=off -o "$program" "./$folder"
  for target in $(targets "$folder"); do
    say "fuzzing ./$folder $target for $time"
    (cd "$folder" && "$program" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$time" -test.fuzzminimizetime 1x \
      -test.parallel $((cores / at_once)) -test.fuzzcachedir "$(go env GOCACHE)/fuzz/$package" 2>&1) | { grep -vE '^fuzz: elapsed|^(PASS|ok)' || true; }
  done
}

packages=$(go list "${2:-./...}")
if [ "$(wc -l <<<"$packages")" = 1 ]; then
  fuzz "$packages"
  exit
fi
for package in $packages; do
  [ -z "$(targets "${package#henanchain/}")" ] || printf './%s\n' "${package#henanchain/}"
done | xargs -n 1 -P "$at_once" "$root/scripts/fuzz.sh" "$time"
