#!/bin/bash
# Ceph with its S3 API, a monitor and a store in memory: ceph-server.sh DIRECTORY PORT ID SECRET
# PORT and the next one must be free. It prints a line when it listens, and ends when its input does.
set -eu
cd "$1"
port=$2 id=$3 secret=$4
exec 3>&1 >&2
export CEPH_CONF=$PWD/ceph.conf CEPH_KEYRING=$PWD/keyring

fsid=$(cat /proc/sys/kernel/random/uuid)
osd=$(cat /proc/sys/kernel/random/uuid)
monitor=v2:127.0.0.1:$((port + 1))/0

cat >ceph.conf <<END
[global]
fsid = $fsid
mon host = $monitor
run dir = $PWD
log file =
mon data = $PWD/mon
osd data = $PWD/osd
keyring = $PWD/keyring
public network = 127.0.0.0/8
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
rgw multipart min part size = 1048576
osd objectstore = memstore
memstore device bytes = 8589934592
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:$port
END

ceph-authtool --create-keyring keyring --gen-key -n mon. --cap mon 'allow *'
ceph-authtool keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
ceph-authtool keyring --gen-key -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
ceph-authtool keyring --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
monmaptool --create --fsid "$fsid" --addv a "[$monitor]" monmap

trap 'kill -KILL $(jobs -p)' EXIT
ceph-mon -i a --mkfs --monmap monmap
ceph-mon -i a -f &
mkdir osd
timeout 60 ceph osd new "$osd"
ceph-osd -i 0 --mkfs --osd-uuid "$osd"
ceph-osd -i 0 -f &
radosgw -n client.rgw -f &
gateway=$!
timeout 60 radosgw-admin user create --uid tester --display-name Tester --access-key "$id" --secret-key "$secret"
until (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do
  kill -0 $gateway
  sleep 0.1
done
echo listening >&3
cat
