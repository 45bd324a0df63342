"""OpenStack Swift with its S3 API, all in one process: swift-server.py DIRECTORY PORT

The directory must allow user xattrs. It prints a line when it listens, and ends when its
input does.
"""

import os
import sys

os.environ["EVENTLET_NO_GREENDNS"] = "yes"

import eventlet

eventlet.monkey_patch()

directory, port = sys.argv[1], int(sys.argv[2])


def write(name, text):
    path = os.path.join(directory, name)
    with open(path, "w") as file:
        file.write(text)
    return path


os.makedirs(os.path.join(directory, "srv", "d1"), exist_ok=True)
configuration = write(
    "swift.conf",
    "[swift-hash]\nswift_hash_path_prefix = a\nswift_hash_path_suffix = b\n"
    "[storage-policy:0]\nname = gold\ndefault = yes\n",
)

import swift.common.utils

swift.common.utils.SWIFT_CONF_FILE = configuration

from eventlet import tpool
from eventlet.greenpool import GreenPool
from eventlet.wsgi import server
from paste.deploy import loadapp
from swift.common.ring import RingBuilder
from swift.common.wsgi import SwiftHttpProtocol

KINDS = ["account", "container", "object"]


class Cache:
    """What Swift expects of memcached."""

    def __init__(self):
        self.values = {}

    def get(self, key, *_, **__):
        return self.values.get(key)

    def set(self, key, value, *_, **__):
        self.values[key] = value

    def delete(self, key, *_, **__):
        self.values.pop(key, None)

    def incr(self, key, delta=1, *_, **__):
        self.values[key] = int(self.values.get(key) or 0) + delta
        return self.values[key]


def cache_filter(*_, **__):
    cache = Cache()

    def wrap(app):
        def call(environ, start_response):
            environ["swift.cache"] = cache
            return app(environ, start_response)

        return call

    return wrap


for index, kind in enumerate(KINDS):
    builder = RingBuilder(3, 1, 0)
    device = {"id": 0, "region": 1, "zone": 1, "weight": 1, "device": "d1", "meta": ""}
    address = {"ip": "127.0.0.1", "port": port + 1 + index}
    builder.add_dev({**device, **address, "replication_ip": "127.0.0.1", "replication_port": port + 1 + index})
    builder.rebalance()
    builder.get_ring().save(os.path.join(directory, f"{kind}.ring.gz"))

for index, kind in enumerate(KINDS):
    write(
        f"{kind}.conf",
        f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {port + 1 + index}\nworkers = 0\nuser = root\n"
        f"swift_dir = {directory}\ndevices = {directory}/srv\nmount_check = false\ndisable_fallocate = true\n"
        f"[pipeline:main]\npipeline = {kind}-server\n[app:{kind}-server]\nuse = egg:swift#{kind}\n",
    )

write(
    "proxy.conf",
    f"""[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
user = root
swift_dir = {directory}
cors_allow_origin = *
cors_expose_headers = etag
[pipeline:main]
pipeline = catch_errors gatekeeper cache s3api tempauth slo proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
paste.filter_factory = __main__:cache_filter
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
cors_preflight_allow_origin = *
max_upload_part_num = 10000
min_segment_size = 1048576
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
""",
)

pool = GreenPool()
for offset, name in enumerate(["proxy", *KINDS]):
    app = loadapp(f"config:{directory}/{name}.conf", global_conf={"log_name": name})
    socket = eventlet.listen(("127.0.0.1", port + offset))
    pool.spawn(server, socket, app, protocol=SwiftHttpProtocol, log=open(os.devnull, "w"))
print("listening", flush=True)
tpool.execute(sys.stdin.read)
os._exit(0)
