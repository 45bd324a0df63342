#!/usr/bin/python3
"""A WebKitGTK browser driven by JSON lines: commands on stdin, answers and events on stdout.

It brings its own display, so that nothing is shown, and keeps its data in a profile of its own, as a browser does.
It ends with its stdin.
"""

import argparse
import contextlib
import glob
import itertools
import json
import os
import signal
import subprocess
import sys

# The output of the web processes must not mix with the answers.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

arguments = argparse.ArgumentParser()
arguments.add_argument("--profile", required=True)
arguments.add_argument("--feature", action="append", default=[], help="of the engine, which it has off by default")
arguments.add_argument("--without-feature", action="append", default=[], help="of the engine, that is on by default")
arguments.add_argument("--quota-ratio", type=float, help="of the disk that one origin may have")
options = arguments.parse_args()


def start_display():
    """A display that ends with its last client."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-terminate"]
    quiet = subprocess.DEVNULL
    subprocess.Popen(command, pass_fds=[writer], stdin=quiet, stdout=quiet, stderr=quiet)
    os.close(writer)
    with os.fdopen(reader) as number:
        return ":" + number.readline().strip()


os.environ.update(
    DISPLAY=start_display(),
    LIBGL_ALWAYS_SOFTWARE="1",
    # No daemons for accessibility, the session bus and the desktop's settings.
    NO_AT_BRIDGE="1",
    GTK_A11Y="none",
    DBUS_SESSION_BUS_ADDRESS="disabled:",
    GSETTINGS_BACKEND="memory",
)

import gi  # noqa: E402: GTK looks for the display when it is loaded

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gdk, GLib, Gtk, WebKit2  # noqa: E402

quota = {}
if options.quota_ratio is not None:
    quota = {"origin_storage_ratio": options.quota_ratio, "total_storage_ratio": min(1, options.quota_ratio * 2)}
storage = WebKit2.WebsiteDataManager(
    base_data_directory=options.profile + "/data", base_cache_directory=options.profile + "/cache", **quota
)
context = WebKit2.WebContext(website_data_manager=storage)
settings = WebKit2.Settings()
features = WebKit2.Settings.get_all_features()
for feature in map(features.get, range(features.get_length())):
    if feature.get_identifier() in options.feature:
        settings.set_feature_enabled(feature, True)
    if feature.get_identifier() in options.without_feature:
        settings.set_feature_enabled(feature, False)

pages = {}
numbers = itertools.count(1)


def say(message):
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def web_processes():
    listed = subprocess.run(["pgrep", "-P", str(os.getpid()), "WebKitWebProces"], capture_output=True, text=True)
    return {int(pid) for pid in listed.stdout.split()}


class Page:
    def __init__(self, number):
        self.number = number
        self.view = WebKit2.WebView(web_context=context, settings=settings)
        self.window = Gtk.Window()
        self.window.set_default_size(1024, 768)
        self.window.add(self.view)
        self.window.show_all()
        self.files = []
        self.process = None
        self.tell("notify::uri", lambda view, _: {"event": "url", "url": view.get_uri()})
        self.tell("web-process-terminated", lambda *_: {"event": "crash"})
        self.view.connect("permission-request", lambda _, request: request.allow() or True)
        self.view.connect("run-file-chooser", self.choose)

    def tell(self, signal_name, event):
        self.view.connect(signal_name, lambda *details: say({**event(*details), "page": self.number}))

    def choose(self, _, request):
        request.select_files(self.files)
        return True

    def navigate(self, start, done):
        """Starts a navigation, and is done when the page has loaded or failed to load."""
        failures = []

        def changed(view, event):
            if event == WebKit2.LoadEvent.FINISHED:
                for handler in handlers:
                    view.disconnect(handler)
                done(*failures)

        def failed(_, __, ___, error):
            failures.append(error.message)
            return False

        handlers = [self.view.connect("load-changed", changed), self.view.connect("load-failed", failed)]
        start()

    def evaluate(self, body, argument, done):
        def finish(view, result):
            try:
                value = view.call_async_javascript_function_finish(result).to_string()
            except GLib.Error as error:
                done(error.message)
            else:
                done(value=value)

        given = GLib.Variant("a{sv}", {"argument": GLib.Variant("s", argument)})
        self.view.call_async_javascript_function(body, -1, given, None, None, None, finish)

    def press(self, name):
        """Presses a key and lets go of it."""
        window = self.view.get_window()
        # There is no window manager that would do it.
        self.window.get_window().focus(Gdk.CURRENT_TIME)
        self.view.grab_focus()
        value = Gdk.keyval_from_name(name)
        _, keys = Gdk.Keymap.get_for_display(window.get_display()).get_entries_for_keyval(value)
        for kind in (Gdk.EventType.KEY_PRESS, Gdk.EventType.KEY_RELEASE):
            event = Gdk.Event.new(kind)
            event.key.window = window
            event.key.keyval = value
            event.key.hardware_keycode = keys[0].keycode
            event.set_device(window.get_display().get_default_seat().get_keyboard())
            Gtk.main_do_event(event)

    def close(self, done):
        """Closes a page as a user closes a tab."""

        def closed(_):
            self.window.destroy()
            done()

        self.view.connect("close", closed)
        self.view.try_close()


def prefer_dark(is_dark):
    Gtk.Settings.get_default().set_property("gtk-application-prefer-dark-theme", is_dark)


def set_colours(command, done):
    prefer_dark(command["scheme"] == "dark")
    done()


def open_page(command, done):
    prefer_dark(False)
    before = web_processes()
    number = next(numbers)
    page = pages[number] = Page(number)

    def loaded(*failure):
        page.process = next(iter(web_processes() - before), None)
        done(*failure, value=number)

    # A process that has shown two sites hosts no worker of either: workers then get their own process, which can be stopped.
    page.navigate(lambda: page.view.load_html("", "http://elsewhere.test/"), loaded)


def close_page(command, done):
    pages.pop(command["page"]).close(done)


def go(command, done):
    page = pages[command["page"]]
    page.navigate(lambda: page.view.load_uri(command["url"]), done)


def reload(command, done):
    page = pages[command["page"]]
    page.navigate(page.view.reload, done)


def evaluate(command, done):
    pages[command["page"]].evaluate(command["body"], command["argument"], done)


def choose(command, done):
    pages[command["page"]].files = command["files"]
    done()


def press(command, done):
    pages[command["page"]].press(command["key"])
    done()


def resize(command, done):
    pages[command["page"]].window.resize(command["width"], command["height"])
    done()


def crash(command, done):
    page = pages[command["page"]]
    page.view.connect("web-process-terminated", lambda *_: done())
    page.view.terminate_web_process()


def is_connected(process):
    """Whether a process has reached the browser, which ends itself if one dies before."""
    names = set()
    for path in glob.glob(f"/proc/{process}/task/*/comm"):
        with contextlib.suppress(OSError), open(path) as name:
            names.add(name.read().strip())
    return "ReceiveQueue" in names


def stop_workers(command, done):
    """Ends the processes that show no page, as soon as they have started."""
    starting = web_processes() - {page.process for page in pages.values()}

    def stop():
        for process in [*filter(is_connected, starting)]:
            os.kill(process, signal.SIGKILL)
            starting.remove(process)
        starting.intersection_update(web_processes())
        if not starting:
            done()
        return bool(starting)

    if stop():
        GLib.timeout_add(5, stop)


def clear(command, done):
    """Deletes data under the pages, as eviction does."""
    kinds = WebKit2.WebsiteDataTypes(0)
    for kind in command["kinds"]:
        kinds |= getattr(WebKit2.WebsiteDataTypes, kind)

    def finish(manager, result):
        manager.clear_finish(result)
        done()

    storage.clear(kinds, 0, None, finish)


def grant_notifications(command, done):
    origin = WebKit2.SecurityOrigin.new_for_uri(command["origin"])
    context.initialize_notification_permissions([origin], [])
    done()


def close_browser(command, done):
    done()
    Gtk.main_quit()


COMMANDS = {
    "open": open_page,
    "close": close_page,
    "goto": go,
    "reload": reload,
    "evaluate": evaluate,
    "choose": choose,
    "press": press,
    "resize": resize,
    "set-colours": set_colours,
    "crash": crash,
    "stop-workers": stop_workers,
    "clear": clear,
    "grant-notifications": grant_notifications,
    "quit": close_browser,
}


def obey(command):
    def done(failure=None, value=None):
        say({"id": command["id"], **({"value": value} if failure is None else {"failure": failure})})

    try:
        COMMANDS[command["name"]](command, done)
    except Exception as error:  # The test hears of it, and the browser goes on.
        done(f"{type(error).__name__}: {error}")


unread = b""


def read(source, _):
    global unread
    received = os.read(source, 65536)
    if not received:
        Gtk.main_quit()
        return False
    *lines, unread = (unread + received).split(b"\n")
    for line in lines:
        obey(json.loads(line))
    return True


GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, read)
say({"event": "ready"})
Gtk.main()
