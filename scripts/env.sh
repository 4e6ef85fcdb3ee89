# Makes Fabric's own peer, osnadmin and configtxgen act as the administrator of
# the province or of one city, in the shell that sources this (bash or zsh).
# Nothing of this script stays behind but what `network env --help` names.

if [ -n "${ZSH_VERSION-}" ]; then
  eval '_hnc_self=${(%):-%x}'
else
  _hnc_self=${BASH_SOURCE[0]}
fi

_hnc_env() {
  case ${1:-} in
    -h|--help)
      echo "Usage: source scripts/env.sh CITY [--state DIR]"
      echo
      echo "Makes peer, osnadmin and configtxgen act as that city's administrator in this shell. henan is the province."
      return 0 ;;
  esac
  local text
  text=$("$(dirname "$_hnc_self")/network.sh" env "$@") || return
  eval "$text"
}

if (return 0 2>/dev/null); then
  _hnc_env "$@"
  eval "unset -f _hnc_env; unset _hnc_self; return $?"
else
  case ${1:-} in
    -h|--help) _hnc_env --help ;;
    *) echo "env.sh: it changes the shell that you type in, so write: source scripts/env.sh ${1:-CITY}" >&2; exit 2 ;;
  esac
fi
