# Installs Debian's packages for the scripts that need programs of the system. Sourced with $repo set.

# as_root COMMAND ...: runs it as root, with sudo where that is somebody else.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# apt_install LOG PACKAGE ...: fails without a word where it cannot; the log has the reason.
apt_install() {
  local log=$1
  shift
  command -v apt-get >"$log" || { echo "there is no apt-get here" >"$log"; return 1; }
  { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes \
    --no-install-recommends "$@"; } >"$log" 2>&1
}
