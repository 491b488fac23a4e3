# For scripts that source it: other suites of the Debian mirror that apt is set up with.

# apt_source SUITE: prints a source of it, as a stanza ("Types: …") or as a line ("deb …"), or fails.
apt_source() {
  local codename source stanza line
  codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
  [ -n "$codename" ] || return 1
  for source in /etc/apt/sources.list.d/*.sources; do
    [ -e "$source" ] || continue
    stanza="$(awk -v RS= "/Suites:[^\\n]*[ \\t]$codename([ \\t\\n]|\$)/ {print; exit}" "$source")"
    if [ -n "$stanza" ]; then
      printf '%s\n' "$stanza" | sed "s/^Suites:.*/Suites: $1/"
      return 0
    fi
  done
  line="$(grep -hE "^deb .*[[:space:]]${codename}[[:space:]]" /etc/apt/sources.list \
    /etc/apt/sources.list.d/*.list 2>/dev/null | head -n 1 || true)"
  [ -n "$line" ] || return 1
  printf '%s\n' "$line" | sed -E "s/[[:space:]]${codename}[[:space:]]/ $1 /"
}

# apt_source_name NAME TEXT: the name that apt wants a file with what apt_source printed to have.
apt_source_name() {
  case "$2" in
    deb\ *) echo "$1.list" ;;
    *) echo "$1.sources" ;;
  esac
}

# private_apt FOLDER SUITE: sets apt_options to what makes apt-get and apt-cache work with that suite
# alone, its packages and their sources, in FOLDER, as if nothing were installed; reads its lists.
private_apt() {
  local text name
  text="$(apt_source "$2")" || return 1
  mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial"
  name="$1/$(apt_source_name "$2" "$text")"
  case "$text" in
    deb\ *) printf '%s\n%s\n' "$text" "deb-src ${text#deb }" >"$name" ;;
    *) printf '%s\n' "$text" | sed 's/^Types:.*/Types: deb deb-src/' >"$name" ;;
  esac
  apt_options=(-qq -o Dir::Etc::SourceParts=/dev/null -o "Dir::Etc::SourceList=$name"
               -o "Dir::State=$1/state" -o "Dir::Cache=$1/cache" -o Dir::State::status=/dev/null
               -o APT::Sandbox::User= -o Acquire::Retries=3 -o Acquire::Languages=none)
  apt-get "${apt_options[@]}" update
}
