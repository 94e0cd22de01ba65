# clang-format and clang-tidy over the project's C++ files.

cpp_files() {
  (cd "$ROOT" && git ls-files -co --exclude-standard '*.cpp' '*.hpp')
}

# format_code [--check]
format_code() {
  local mode=(-i)
  case ${1:-} in
  '') ;;
  --check) mode=(--dry-run -Werror) ;;
  *) die "format: unknown option '$1'" ;;
  esac
  cd "$ROOT"
  cpp_files | xargs -r -P "$JOBS" -n 16 clang-format-14 "${mode[@]}"
}

# tidy_code [--all|FILE…]: by default what differs from the main branch of
# origin, or from the last commit when there is no origin.
tidy_code() {
  local files base
  cd "$ROOT"
  case ${1:-} in
  '')
    base=$(git merge-base HEAD origin/main 2>/dev/null || echo HEAD)
    files=$( (git diff --name-only --diff-filter=d "$base" &&
      git ls-files -o --exclude-standard) | sort -u)
    ;;
  --all) files=$(cpp_files) ;;
  *) files=$(printf '%s\n' "$@") ;;
  esac
  # Headers are looked at through the sources that include them.
  files=$(grep '\.cpp$' <<<"$files" || true)
  if [ -z "$files" ]; then
    say "tidy: no source to look at"
    return
  fi
  build_preset tidy herald_schemas
  say "tidy: $(wc -l <<<"$files") sources"
  xargs -P "$JOBS" -n 1 clang-tidy-16 -p "$ROOT/build/tidy" --quiet <<<"$files"
}
