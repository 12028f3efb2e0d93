# Runs steps in lanes, side by side. Sourced by .ci/run.

# Files for each step: NAME.begun has its name, NAME.log its output, NAME.took its duration; NAME.done is there when it has
# succeeded. `failed` has the name of the first one that has failed.
STEPS=$(mktemp -d)
# Names of the lanes that run, by the ids of their processes, which are those of their process groups.
LANES=()

# step NAME COMMAND...: runs the command, and prints its output when it has ended. If it fails, so does its lane.
step() {
  local name=$1 file status=0 began=$SECONDS
  shift
  file=$STEPS/$(file_of "$name")
  echo "$name" >"$file.begun"
  say "=== $name: begins"
  # As a job of its own, where `set -e` holds: it does not in a command that is tested.
  (run_timed "$file.took" "$@") >"$file.log" 2>&1 </dev/null &
  wait $! || status=$?
  if ((status != 0)); then
    echo "exit status $status after $((SECONDS - began)) s" >"$file.took"
    # Only the first one that fails can create the file.
    (set -o noclobber && echo "$name" >"$STEPS/failed") 2>/dev/null || true
    exit 1
  fi
  say "=== $name" "$file.log" "=== $name: $(<"$file.took")"
  touch "$file.done"
}

# after NAME: waits until another lane has ended a step. If that step fails, the run ends, and so does this.
after() {
  until [[ -e $STEPS/$(file_of "$1").done ]]; do sleep 1; done
}

# run_lanes LANE...: runs functions side by side, and returns when all have ended. The processes of a lane with a `+`
# give way to those of others.
run_lanes() {
  local lane ended
  set -m # each is a process group, so that all of it can be ended
  for lane in "$@"; do
    (
      if [[ $lane == +* ]]; then renice -n 5 -p "$BASHPID" >/dev/null; fi
      "${lane#+}"
    ) &
    LANES[$!]=$lane
  done
  set +m
  while ((${#LANES[@]} > 0)); do
    wait -n -p ended "${!LANES[@]}" || fail
    unset "LANES[$ended]"
  done
}

# Ends the lanes, and the run. The output of the step that has failed comes last.
fail() {
  local name file
  end_lanes
  print_durations
  name=$(<"$STEPS/failed")
  file=$STEPS/$(file_of "$name")
  printf '\n=== FAILED: %s\n' "$name"
  cat "$file.log"
  printf '=== FAILED: %s: %s\n' "$name" "$(<"$file.took")"
  exit 1
}

# give_up WHY: the same where no step has failed. What steps have printed that have not ended is cut short.
give_up() {
  local begun
  end_lanes
  for begun in "$STEPS"/*.begun; do
    [[ -e ${begun%.begun}.took ]] || { say "=== $(<"$begun"): not ended" && tail -n 100 "${begun%.begun}.log"; }
  done
  print_durations
  printf '\n=== FAILED: %s\n' "$1"
  exit 1
}

end_lanes() {
  local lane signal
  if ((${#LANES[@]} == 0)); then return; fi
  for signal in TERM KILL; do
    for lane in "${!LANES[@]}"; do kill -"$signal" -- "-$lane" 2>/dev/null || true; done
    [[ $signal == KILL ]] || sleep 5
  done
  wait "${!LANES[@]}" 2>/dev/null || true
  LANES=()
}

print_durations() {
  local begun took
  printf '\n=== steps, in the order of their beginnings\n'
  for begun in $(ls -tr "$STEPS"/*.begun); do
    took=${begun%.begun}.took
    printf '%-75s %s\n' "$(<"$begun")" "$(cat "$took" 2>/dev/null || echo "not ended")"
  done
  printf 'in all: %d s\n' "$SECONDS"
}

# print_end_of NAME LINES: prints the last lines of a step's output once more.
print_end_of() {
  printf '\n=== %s\n' "$1"
  tail -n "$2" "$STEPS/$(file_of "$1").log"
}

# Runs a command, and writes to a file how long it took, and how much of the processors' time.
run_timed() {
  local file=$1 TIMEFORMAT='%0R s, of the processors %0U s and %0S s'
  shift
  { time "$@" 2>&3 3>&-; } 3>&2 2>"$file.new"
  mv "$file.new" "$file"
}

# Prints lines and files, without those of other lanes between them.
say() {
  local part
  {
    flock 9
    printf '\n'
    for part in "$@"; do
      if [[ -f $part ]]; then cat "$part"; else printf '%s\n' "$part"; fi
    done
  } 9>>"$STEPS/lock"
}

file_of() {
  tr -c 'a-zA-Z0-9\n' '_' <<<"$1"
}

trap 'end_lanes; rm -rf "$STEPS"' EXIT
trap 'give_up "the run was ended from outside"' INT TERM
