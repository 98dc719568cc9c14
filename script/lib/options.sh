# What the scripts share: a progress line, and the choice of a Home Assistant version. Sourced with $repo set.

default_ha_version=2026.10.4

say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*" >&2; }

# fail TEXT [LOG]: says what went wrong, with the end of a log, and leaves.
fail() {
  [ -z "${2:-}" ] || tail -n 20 "$2" >&2
  say "$1"
  exit 1
}

# Takes "--ha VERSION" out of the arguments: sets $ha_version, $venv and the array $rest.
parse_ha_option() {
  ha_version=$default_ha_version
  rest=()
  while [ $# -gt 0 ]; do
    case $1 in
      --ha) ha_version=${2:?--ha needs a version}; shift ;;
      *) rest+=("$1") ;;
    esac
    shift
  done
  venv="$repo/.venv"
  [ "$ha_version" = "$default_ha_version" ] || venv="$repo/.venv-$ha_version"
}
