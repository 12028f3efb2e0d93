# Starts Docker's engine in $1, an empty folder, and ends with it. To be run in mount and process namespaces of its own
# (docker-engine.ts): whatever it mounts or leaves running goes with those, and its bridges, firewall rules and
# published ports live in a network of its own, which reaches the machine's through slirp4netns.
set -eu
folder=$1
group=$(basename "$folder")

: > "$folder/net"
unshare --net="$folder/net" true
slirp4netns --configure --disable-host-loopback --netns-type=path "$folder/net" tap0 > "$folder/network.log" 2>&1 &

# A request to end reaches the engine as well, which ends its containers; this waits for it.
trap : TERM
nsenter --net="$folder/net" dockerd \
  --data-root "$folder/data" --exec-root "$folder/run" --pidfile "$folder/engine.pid" \
  --host "unix://$folder/docker.sock" --log-level warn \
  --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$group" || true

# Control groups belong to no namespace: without this the engine's would stay, empty.
find /sys/fs/cgroup -depth -type d \( -path "*/$group" -o -path "*/$group/*" \) -exec rmdir {} +
