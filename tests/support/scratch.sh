# For the run.sh scripts, which source it in the repository's root with a name: makes the folder
# $scratch, which goes when the script ends, with the servers that were started in it.
#   POLYSTORE_SCRATCH: where the folder is made (default: /tmp)
scratch="$(mktemp -d "${POLYSTORE_SCRATCH:-/tmp}/polystore-$1.XXXXXX")"
leave_scratch() {
  tests/support/servers.sh stop "$scratch/servers" || true
  rm -rf "$scratch"
}
trap leave_scratch EXIT
trap 'exit 130' INT TERM
chmod 755 "$scratch"  # PostgreSQL may run as another user

# Starts all servers, and sets the POLYSTORE_TEST_* variables.
start_servers() {
  tests/support/servers.sh start "$scratch/servers"
  . "$scratch/servers/env"
}
